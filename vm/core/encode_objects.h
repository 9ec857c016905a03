/* core/encode_objects.h -- what an encoding on the general road knows of the objects it has met.
 * Level core; private to the codec. Owner thread only; may throw for lack of memory. Indices count
 * from the stack's bottom. */
#ifndef MN_CORE_ENCODE_OBJECTS_H
#define MN_CORE_ENCODE_OBJECTS_H

#include "core/code.h"
#include "core/encoder.h"

/* Numbers the object at `index`. *fresh: it is new; otherwise all is said by mn_encoder_ref. */
bool mn_encoder_number(mn_encoder *e, int index, uint32_t *number, bool *fresh);
/* Takes the number from the object at `index`: the next call finds it new. */
bool mn_encoder_unnumber(mn_encoder *e, int index);
/* Writes a reference to an object that was numbered before. */
bool mn_encoder_ref(mn_encoder *e, uint32_t number);

/* Keeps the object at `index` at hand under its number, to be pushed again; the latter gives the
 * index of that. */
void mn_encoder_keep(mn_encoder *e, int index, uint32_t number);
int mn_encoder_push_kept(mn_encoder *e, uint32_t number);
/* Puts off the content of the object at `index`. */
bool mn_encoder_put_off(mn_encoder *e, int index, uint32_t number);

/* Enters the value at `index` into the set of names; false: it was there. */
bool mn_encoder_is_new(mn_encoder *e, int index);
/* True when the value at `index` is the table of globals. */
bool mn_encoder_is_globals(mn_encoder *e, int index);
/* Notes the globals that the function at `index` names and a script defined, if the real globals are
 * its _ENV. */
bool mn_encoder_want_globals(mn_encoder *e, int index, uint32_t function, const mn_code *code);

#endif
