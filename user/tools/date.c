// SPDX-License-Identifier: MIT
// date, uname, dmesg, poweroff: the machine.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/reboot.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"
#include "tools.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
int tool_date(int count, char **words) {
    struct options options = options_read(count, words, "uId:", "[-uI] [-d @SECONDS] [+FORMAT]");
    const char *format = options.given['I'] ? "%Y-%m-%d" : "%a %b %e %H:%M:%S %Z %Y";
    if (options.count > 0 && *options.words[0] == '+') format = options.words[0] + 1;
    if (options.count > 0 && *options.words[0] != '+')
        give_up("%s: a clock is not set here; +FORMAT shows it", options.words[0]);
    time_t now = time(NULL);
    const char *given = options.values['d'];
    if (given != NULL && *given != '@') give_up("%s: only @SECONDS are known", given);
    if (given != NULL) now = (time_t)number_read(given + 1);
    struct tm parts;
    char text[1024] = "";
    if ((options.given['u'] ? gmtime_r(&now, &parts) : localtime_r(&now, &parts)) == NULL) give_up("no such date");
    if (*format != '\0' && strftime(text, sizeof text, format, &parts) == 0) give_up("%s: too long", format);
    puts(text);
    return tool_status();
}
#pragma GCC diagnostic pop

int tool_uname(int count, char **words) {
    struct options options = options_read(count, words, "amnrsv", "[-amnrsv]");
    struct utsname names;
    if (uname(&names) < 0) give_up("uname: %s", strerror(errno));
    const struct {
        char letter;
        const char *text;
    } parts[] = {
        {'s', names.sysname}, {'n', names.nodename}, {'r', names.release}, {'v', names.version}, {'m', names.machine}};
    bool none = true, printed = false;
    for (size_t i = 0; i < 5; i++) none = none && !options.given[(int)parts[i].letter];
    for (size_t i = 0; i < 5; i++) {
        bool shown = options.given['a'] || options.given[(int)parts[i].letter] || (none && i == 0);
        if (!shown) continue;
        printf("%s%s", printed ? " " : "", parts[i].text);
        printed = true;
    }
    putchar('\n');
    return tool_status();
}

int tool_dmesg(int count, char **words) {
    enum { READ_ALL = 3, SIZE = 10 };
    (void)count, (void)words;
    int size = klogctl(SIZE, NULL, 0);
    char *text = size > 0 ? malloc((size_t)size) : NULL;
    int length = text != NULL ? klogctl(READ_ALL, text, size) : -1;
    if (length < 0) give_up("%s", strerror(errno));
    bool begins = true;
    for (int i = 0; i < length; i++) { // <level> at the beginning of a line is for a log, not for people
        if (begins && text[i] == '<') {
            while (i < length && text[i] != '>') i++;
            begins = false;
            continue;
        }
        begins = text[i] == '\n';
        putchar(text[i]);
    }
    free(text);
    return tool_status();
}

int tool_poweroff(int count, char **words) {
    struct options options = options_read(count, words, "r", "[-r]");
    sync();
    reboot(options.given['r'] ? RB_AUTOBOOT : RB_POWER_OFF);
    complain_errno("the machine stays on");
    return tool_status();
}
