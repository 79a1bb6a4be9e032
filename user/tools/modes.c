// SPDX-License-Identifier: MIT
// Permissions as people write them; chmod.
#include "modes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tool.h"
#include "tools.h"

void mode_print(char text[11], mode_t mode) {
    static const char letters[] = "rwxrwxrwx";
    text[0] = S_ISDIR(mode)    ? 'd'
              : S_ISLNK(mode)  ? 'l'
              : S_ISCHR(mode)  ? 'c'
              : S_ISBLK(mode)  ? 'b'
              : S_ISFIFO(mode) ? 'p'
              : S_ISSOCK(mode) ? 's'
                               : '-';
    for (unsigned i = 0; i < 9; i++) text[1 + i] = (mode & (0400u >> i)) != 0 ? letters[i] : '-';
    if ((mode & S_ISUID) != 0) text[3] = text[3] == 'x' ? 's' : 'S';
    if ((mode & S_ISGID) != 0) text[6] = text[6] == 'x' ? 's' : 'S';
    if ((mode & S_ISVTX) != 0) text[9] = text[9] == 'x' ? 't' : 'T';
    text[10] = '\0';
}

// One of u+x,go-w.
static const char *change_one(const char *text, mode_t *mode) {
    mode_t who = 0, what = 0;
    for (; *text != '\0' && strchr("ugoa", *text) != NULL; text++) {
        who |= *text == 'u' ? 04700 : *text == 'g' ? 02070 : *text == 'o' ? 01007 : 07777;
    }
    if (who == 0) who = 07777;
    char sign = *text;
    if (sign != '+' && sign != '-' && sign != '=') return NULL;
    for (text++; *text != '\0' && *text != ','; text++) {
        switch (*text) {
        case 'r':
            what |= 0444;
            break;
        case 'w':
            what |= 0222;
            break;
        case 'x':
            what |= 0111;
            break;
        case 's':
            what |= 06000;
            break;
        case 't':
            what |= 01000;
            break;
        case 'X':
            what |= S_ISDIR(*mode) || (*mode & 0111) != 0 ? 0111 : 0;
            break;
        default:
            return NULL;
        }
    }
    if (sign == '=') *mode &= ~(who & 0777);
    *mode = sign == '-' ? *mode & ~(who & what) : *mode | (who & what);
    return text;
}

bool mode_change(const char *text, mode_t *mode) {
    char *end;
    unsigned long bits = strtoul(text, &end, 8);
    if (end != text && *end == '\0') {
        *mode = (*mode & (mode_t)S_IFMT) | (mode_t)bits;
        return bits <= 07777;
    }
    while ((text = change_one(text, mode)) != NULL && *text == ',') text++;
    return text != NULL && *text == '\0';
}

static void change(const char *path, const char *text, bool inside) {
    struct stat status;
    if (stat(path, &status) < 0) {
        complain_errno(path);
        return;
    }
    mode_t mode = status.st_mode;
    if (!mode_change(text, &mode)) give_up("%s: no mode", text);
    if (chmod(path, mode & 07777) < 0) complain_errno(path);
    if (!inside || !S_ISDIR(status.st_mode)) return;
    size_t count;
    char **names = names_read(path, &count);
    for (size_t i = 0; names != NULL && i < count; i++) {
        char *where = path_join(path, names[i]);
        if (lstat(where, &status) == 0 && !S_ISLNK(status.st_mode)) change(where, text, true);
        free(where);
    }
    if (names != NULL) names_free(names, count);
}

int tool_chmod(int count, char **words) {
    int first = count > 1 && strcmp(words[1], "-R") == 0 ? 2 : 1; // a mode may begin with a -
    if (count < first + 2) give_up("usage: chmod [-R] MODE FILE...");
    for (int i = first + 1; i < count; i++) change(words[i], words[first], first == 2);
    return tool_status();
}
