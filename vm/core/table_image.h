/* core/table_image.h -- whether tables are as they were, told by their bits.
 * Level core; private to the codec. Owner thread only; never throws.
 *
 * It is fast, and right when it says yes, as long as somebody keeps alive all that was in the tables:
 * otherwise an address might have come to mean another object. It may say no where only the order of
 * a table has changed. With MOONS_SYSTEM_LUA there are no images. */
#ifndef MN_CORE_TABLE_IMAGE_H
#define MN_CORE_TABLE_IMAGE_H

#include <lua.h>
#include <stdbool.h>

typedef struct mn_table_image mn_table_image;

/* The image of the tables in the sequence at stack index `tables`, which has `count` of them, each
 * `step` after the other. The caller has a free slot on the stack. NULL: no memory, or it would be
 * large. */
mn_table_image *mn_table_image_new(lua_State *L, int tables, lua_Integer count, int step);
void mn_table_image_free(mn_table_image *image);

/* True when all tables, their metatables too, are the same as when the image was made. False for
 * NULL. */
bool mn_table_image_is_true(const mn_table_image *image);

#endif
