// libedit for Swift: keys, the line and its history. It draws nothing and sets no terminal mode.
//
// What it would draw goes to /dev/null: it counts a combining character as a column of its own, and
// knows nothing of lines that a terminal wraps anew. Its functions take variable arguments and pass
// no pointer of the owner's, so all of it is behind this header.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What some keys ask of the owner.
enum nc_key {
  NC_KEY_ENTER,
  NC_KEY_INTERRUPT,
  NC_KEY_SUSPEND,
  NC_KEY_CLEAR,
  NC_KEY_COMPLETE,
  // A paste begins: what follows is not for keys.
  NC_KEY_PASTE,
};

// What becomes of the line after such a key.
enum nc_after_key { NC_GO_ON, NC_LINE_ENDS };

struct nc_keys {
  void *owner;
  // The next character that was typed; false: there will be none.
  bool (*next)(void *owner, uint32_t *character);
  enum nc_after_key (*pressed)(void *owner, enum nc_key key);
};

struct nc_edit;

// Looks at the terminal once, for its erase and kill characters. The descriptor is not kept.
// `lines` is how many are remembered. Returns NULL with errno.
struct nc_edit *nc_edit_open(int terminal, int lines, const struct nc_keys *keys);
void nc_edit_close(struct nc_edit *edit);

// Edits an empty line until a key ends it, or there are no more characters.
// Returns whether a line was ended by a key of libedit's own.
bool nc_edit_run(struct nc_edit *edit);

// The line, lent until it changes: UTF-32. During a search it has a second row, behind a newline.
const uint32_t *nc_edit_line(struct nc_edit *edit, size_t *length, size_t *cursor);

// Inserts a text that ends with 0 at the cursor, which moves behind it.
void nc_edit_insert(struct nc_edit *edit, const uint32_t *text);

// Removes characters before the cursor.
void nc_edit_remove(struct nc_edit *edit, int count);

// Makes a text that ends with 0 the newest line that can be recalled.
void nc_edit_remember(struct nc_edit *edit, const uint32_t *text);

// wcwidth(3), which needs a feature macro: columns that a character takes, -1 if it can't be shown.
int nc_columns(uint32_t character);
