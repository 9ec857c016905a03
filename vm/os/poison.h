/* os/poison.h -- tells AddressSanitizer or valgrind which parts of our memory nobody may touch now.
 * Level os. Without them these are nothing. What is unpoisoned holds nothing yet. */
#ifndef MN_OS_POISON_H
#define MN_OS_POISON_H

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define MN_POISON(address, size)   ASAN_POISON_MEMORY_REGION(address, size)
#define MN_UNPOISON(address, size) ASAN_UNPOISON_MEMORY_REGION(address, size)
#elif defined(MN_VALGRIND)
#include <valgrind/memcheck.h>
#define MN_POISON(address, size)   ((void)VALGRIND_MAKE_MEM_NOACCESS(address, size))
#define MN_UNPOISON(address, size) ((void)VALGRIND_MAKE_MEM_UNDEFINED(address, size))
#else
#define MN_POISON(address, size)   ((void)(address), (void)(size))
#define MN_UNPOISON(address, size) ((void)(address), (void)(size))
#endif

#endif
