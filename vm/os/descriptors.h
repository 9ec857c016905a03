/* os/descriptors.h -- what the files of one system share about descriptors.
 * Level os, for os/ alone. */
#ifndef MN_OS_DESCRIPTORS_H
#define MN_OS_DESCRIPTORS_H

/* The same open file under a number that is no standard stream's; the one given is closed if it has to
 * change. -1 stays as it is; -1: errno says why. */
int mn_descriptor_lift(int descriptor);

#endif
