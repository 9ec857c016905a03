/* os/shared_page.h -- a page of memory that two processes see.
 * Level os. Safe from any thread; no call blocks. */
#ifndef MN_OS_SHARED_PAGE_H
#define MN_OS_SHARED_PAGE_H

#include "os/os.h"

/* A descriptor, closed on exec, of a new page of zeros; it lives as long as it is open or mapped somewhere.
 * -1: errno says why. */
int mn_os_shared_page_new(void);

/* The descriptor's page in this process; NULL: errno says why. */
void *mn_os_shared_page_map(int descriptor);
void mn_os_shared_page_unmap(void *page);

#endif
