/* tests/model/wait.pml -- the wait mechanism (vm/core/wait.c, waiter.c) as a model for spin.
 *
 * Two lists. SINGLES waiters want one item of list 0, BOTH waiters one of either list (a select), and
 * LEAVERS want one of either but may give up at any moment, as by a time-out or a cancel. MAKERS_0
 * and MAKERS_1 publish an item each. When nothing moves any more, nobody may be asleep while there
 * is an item that he would take: that is a lost wake-up, and fails the assertion at the end.
 *
 * Each step here is one atomic access there; what is done under a list's mutex is one atomic step,
 * since nobody looks at it otherwise but at `count`. Memory is sequentially consistent, as all these
 * accesses are.
 *
 * Faults can be planted, to see that they are found:
 *   -DNO_SECOND_LOOK   a waiter parks without looking once more after it stood
 *   -DNO_HAND_ON       one that was woken and leaves without taking wakes nobody
 *   -DKEEP_LATE        one that took keeps a wake-up that came after that
 *   -DFORGET_OWED      one that was woken by one list and took of the other wakes nobody
 *   -DBLIND_PARK       parks although it was woken meanwhile
 *   -DLATE_STAND       looks first and stands afterwards, then parks */

#ifndef SINGLES
#define SINGLES 1
#endif
#ifndef BOTH
#define BOTH 1
#endif
#ifndef LEAVERS
#define LEAVERS 1
#endif
#ifndef MAKERS_0
#define MAKERS_0 2
#endif
#ifndef MAKERS_1
#define MAKERS_1 1
#endif

#define WAITERS (SINGLES + BOTH + LEAVERS)
#define LISTS   2
#define NODE    (w * LISTS + l)

mtype = { IDLE, WOKEN, PARKED };

byte items[LISTS];
byte count[LISTS];            /* of nodes that stand, read without the mutex */
bool stands[WAITERS * LISTS]; /* the node is in its list */
bool woken[WAITERS * LISTS];  /* it was taken out by a wake-up */
mtype word[WAITERS];          /* the waiter's signal */
bool asleep[WAITERS];         /* in the kernel */

/* mn_waitlist_wake(list, 1). Takes any node, not only the first: it must hold for every order. */
inline wake(l, was, who) {
  if
  :: count[l] == 0
  :: else ->
    atomic { /* under the list's mutex */
      was = IDLE;
      if
      :: stands[0 * LISTS + l] -> who = 0
#if WAITERS > 1
      :: stands[1 * LISTS + l] -> who = 1
#endif
#if WAITERS > 2
      :: stands[2 * LISTS + l] -> who = 2
#endif
#if WAITERS > 3
      :: stands[3 * LISTS + l] -> who = 3
#endif
      :: else -> who = WAITERS
      fi;
      if
      :: who < WAITERS ->
        stands[who * LISTS + l] = false;
        woken[who * LISTS + l] = true;
        count[l]--;
        was = word[who];
        word[who] = WOKEN
      :: else
      fi
    }
    if
    :: who < WAITERS && was == PARKED -> asleep[who] = false /* mn_futex_wake */
    :: else
    fi
  fi
}

proctype maker(byte l) {
  mtype was;
  byte who;
  items[l]++; /* publish ... */
  wake(l, was, who) /* ... and then look at the count */
}

inline attempt_all() {
  /* In either order. */
  if
  :: atomic { items[0] > 0 -> items[0]--; took = true; fired = 0 }
  :: atomic { last > 0 && items[1] > 0 -> items[1]--; took = true; fired = 1 }
  :: atomic { items[0] == 0 && (last == 0 || items[1] == 0) -> skip }
  fi
}

inline stand() {
  atomic {
    stands[NODE] = true;
    woken[NODE] = false;
    count[l]++
  }
}

inline stand_all() {
  l = 0;
  do
  :: l <= last -> stand(); l++
  :: else -> break
  od
}

proctype waiter(byte w; byte last; bool may_leave) {
  bool took = false, gave_up = false, was_woken, owes = false;
  bool owed[LISTS];
  byte l, fired, who;
  mtype was;

  attempt_all();
  if
  :: took -> goto over
  :: else
  fi;
#ifdef LATE_STAND
  attempt_all();
#endif
  stand_all();
  do
  ::
#if !defined(NO_SECOND_LOOK) && !defined(LATE_STAND)
    attempt_all();
    if
    :: !took -> owed[0] = false; owed[1] = false /* nothing is there for whom it was meant, either */
    :: else
    fi;
#endif
    if
    :: took -> break
    :: !took
    :: !took && may_leave -> gave_up = true; break
    fi;
    /* park */
#ifdef BLIND_PARK
    word[w] = PARKED;
#else
    atomic {
      if
      :: word[w] == IDLE -> word[w] = PARKED
      :: else
      fi
    }
#endif
    do
    :: word[w] == PARKED ->
      atomic { /* the futex sleeps only if the word still says so */
        if
        :: word[w] == PARKED -> asleep[w] = true
        :: else
        fi
      }
end_asleep:
      if
      :: !asleep[w]
      :: may_leave -> asleep[w] = false; break /* the deadline */
      fi
    :: word[w] != PARKED -> break
    od;
    word[w] = IDLE;
    l = 0;
    do
    :: l <= last ->
      was_woken = woken[NODE]; /* under the mutex */
      if
      :: was_woken -> stand(); owed[l] = true
      :: else
      fi;
      l++
    :: else -> break
    od;
#if defined(NO_SECOND_LOOK) || defined(LATE_STAND)
    attempt_all()
#endif
  od;
  /* leave */
  l = 0;
  do
  :: l <= last ->
    atomic {
      was_woken = woken[NODE];
#ifdef KEEP_LATE
      was_woken = was_woken && !(took && l == fired);
#endif
#ifndef FORGET_OWED
      owes = owed[l] && took && l != fired;
#endif
      woken[NODE] = false;
      if
      :: stands[NODE] -> stands[NODE] = false; count[l]--
      :: else
      fi
    }
#ifndef NO_HAND_ON
    if
    :: was_woken -> wake(l, was, who)
    :: else
    fi;
    if
    :: owes -> wake(l, was, who)
    :: else
    fi;
#endif
    l++
  :: else -> break
  od;
over:
  assert(took || gave_up)
}

init {
  byte i;
  atomic {
    for (i : 0 .. WAITERS - 1) {
      word[i] = IDLE
    }
    for (i : 1 .. MAKERS_0) {
      run maker(0)
    }
#if MAKERS_1 > 0
    for (i : 1 .. MAKERS_1) {
      run maker(1)
    }
#endif
    i = 0;
    do
    :: i < SINGLES -> run waiter(i, 0, false); i++
    :: i >= SINGLES && i < SINGLES + BOTH -> run waiter(i, 1, false); i++
    :: i >= SINGLES + BOTH && i < WAITERS -> run waiter(i, 1, true); i++
    :: else -> break
    od
  }
  timeout; /* nothing else can move */
  i = 0;
  do
  :: i < WAITERS ->
    assert(!asleep[i] || (items[0] == 0 && (i < SINGLES || items[1] == 0)));
    i++
  :: else -> break
  od
}
