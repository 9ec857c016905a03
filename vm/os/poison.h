/* os/poison.h -- tells AddressSanitizer which parts of our memory nobody may touch now.
 * Level os. Without that sanitizer these are nothing. */
#ifndef MN_OS_POISON_H
#define MN_OS_POISON_H

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define MN_POISON(address, size)   ASAN_POISON_MEMORY_REGION(address, size)
#define MN_UNPOISON(address, size) ASAN_UNPOISON_MEMORY_REGION(address, size)
#else
#define MN_POISON(address, size)   ((void)(address), (void)(size))
#define MN_UNPOISON(address, size) ((void)(address), (void)(size))
#endif

#endif
