#define _GNU_SOURCE
#include "CLibedit.h"

#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

_Static_assert(sizeof(wchar_t) == sizeof(uint32_t), "wchar_t is UTF-32");

struct nc_edit {
  EditLine *line;
  HistoryW *history;
  FILE *nowhere;
  int descriptor;
  struct nc_keys keys;
};

static struct nc_edit *owner_of(EditLine *line) {
  void *edit = NULL;
  el_get(line, EL_CLIENTDATA, &edit);
  return edit;
}

static int next(EditLine *line, wchar_t *character) {
  struct nc_edit *edit = owner_of(line);
  uint32_t value;
  if (!edit->keys.next(edit->keys.owner, &value)) return 0;
  *character = (wchar_t)value;
  return 1;
}

static unsigned char pressed(EditLine *line, enum nc_key key) {
  struct nc_edit *edit = owner_of(line);
  if (edit->keys.pressed(edit->keys.owner, key) == NC_LINE_ENDS) return CC_EOF;
  return CC_REFRESH;
}

#define KEY_FUNCTION(name, key)                               \
  static unsigned char name(EditLine *line, wint_t character) { \
    (void)character;                                          \
    return pressed(line, key);                                \
  }
KEY_FUNCTION(enter, NC_KEY_ENTER)
KEY_FUNCTION(interrupt, NC_KEY_INTERRUPT)
KEY_FUNCTION(suspend, NC_KEY_SUSPEND)
KEY_FUNCTION(clear, NC_KEY_CLEAR)
KEY_FUNCTION(complete, NC_KEY_COMPLETE)
KEY_FUNCTION(paste, NC_KEY_PASTE)

static void bind_keys(EditLine *line) {
  static const struct {
    const char *name;
    unsigned char (*function)(EditLine *, wint_t);
  } functions[] = {
      {"netcap-enter", enter}, {"netcap-interrupt", interrupt}, {"netcap-suspend", suspend},
      {"netcap-clear", clear}, {"netcap-complete", complete},   {"netcap-paste", paste},
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    el_set(line, EL_ADDFN, functions[i].name, functions[i].name, functions[i].function);
  static const char *const keys[][2] = {
      {"^M", "netcap-enter"},
      {"^J", "netcap-enter"},
      {"^C", "netcap-interrupt"},
      {"^Z", "netcap-suspend"},
      {"^L", "netcap-clear"},
      {"^I", "netcap-complete"},
      {"\\e[200~", "netcap-paste"},
      // As other programs have them.
      {"^R", "em-inc-search-prev"},
      {"^S", "em-inc-search-next"},
      {"^U", "vi-kill-line-prev"},
      {"^W", "ed-delete-prev-word"},
      {"^?", "ed-delete-prev-char"},
      {"^H", "ed-delete-prev-char"},
      {"^\\", "ed-ignore"},
      // Home, End, Delete and words of terminals whatever terminfo says.
      {"\\e[1~", "ed-move-to-beg"},
      {"\\e[7~", "ed-move-to-beg"},
      {"\\e[H", "ed-move-to-beg"},
      {"\\eOH", "ed-move-to-beg"},
      {"\\e[4~", "ed-move-to-end"},
      {"\\e[8~", "ed-move-to-end"},
      {"\\e[F", "ed-move-to-end"},
      {"\\eOF", "ed-move-to-end"},
      {"\\e[3~", "ed-delete-next-char"},
      {"\\e[1;5C", "em-next-word"},
      {"\\e[1;5D", "ed-prev-word"},
      {"\\e[1;3C", "em-next-word"},
      {"\\e[1;3D", "ed-prev-word"},
  };
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    el_set(line, EL_BIND, keys[i][0], keys[i][1], NULL);
}

struct nc_edit *nc_edit_open(int terminal, int lines, const struct nc_keys *keys) {
  struct nc_edit *edit = calloc(1, sizeof *edit);
  if (!edit) return NULL;
  edit->keys = *keys;
  edit->descriptor = -1;
  edit->nowhere = fopen("/dev/null", "r+e");
  if (!edit->nowhere) goto failed;
  edit->descriptor = fcntl(terminal, F_DUPFD_CLOEXEC, 3);
  if (edit->descriptor < 0) goto failed;
  int fd = edit->descriptor;
  edit->line = el_init_fd("netcap", edit->nowhere, edit->nowhere, edit->nowhere, fd, fd, fd);
  if (!edit->line) goto failed;
  HistEventW event;
  edit->history = history_winit();
  if (!edit->history) goto failed;
  history_w(edit->history, &event, H_SETSIZE, lines);
  history_w(edit->history, &event, H_SETUNIQUE, 1);
  el_set(edit->line, EL_CLIENTDATA, edit);
  el_set(edit->line, EL_EDITOR, "emacs");
  el_set(edit->line, EL_SIGNAL, 0);
  el_wset(edit->line, EL_GETCFN, next);
  el_wset(edit->line, EL_HIST, history_w, edit->history);
  bind_keys(edit->line);
  // From here on it takes the terminal for one in its own mode, and every change for refused.
  el_set(edit->line, EL_PREP_TERM, 1);
  if (dup3(fileno(edit->nowhere), fd, O_CLOEXEC) < 0) goto failed;
  return edit;
failed:;
  int error = errno;
  nc_edit_close(edit);
  errno = error;
  return NULL;
}

void nc_edit_close(struct nc_edit *edit) {
  if (edit->line) el_end(edit->line);
  if (edit->history) history_wend(edit->history);
  if (edit->descriptor >= 0) close(edit->descriptor);
  if (edit->nowhere) fclose(edit->nowhere);
  free(edit);
}

bool nc_edit_run(struct nc_edit *edit) {
  int count = 0;
  return el_wgets(edit->line, &count) != NULL && count > 0;
}

const uint32_t *nc_edit_line(struct nc_edit *edit, size_t *length, size_t *cursor) {
  const LineInfoW *info = el_wline(edit->line);
  *length = (size_t)(info->lastchar - info->buffer);
  *cursor = (size_t)(info->cursor - info->buffer);
  return (const uint32_t *)info->buffer;
}

void nc_edit_insert(struct nc_edit *edit, const uint32_t *text) {
  el_winsertstr(edit->line, (const wchar_t *)text);
}

void nc_edit_remove(struct nc_edit *edit, int count) { el_deletestr(edit->line, count); }

void nc_edit_remember(struct nc_edit *edit, const uint32_t *text) {
  HistEventW event;
  history_w(edit->history, &event, H_ENTER, (const wchar_t *)text);
}

int nc_columns(uint32_t character) { return wcwidth((wchar_t)character); }
