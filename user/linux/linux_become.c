// SPDX-License-Identifier: MIT
// execve: scripts, what cannot be run, and the words that arrive.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char self[4096];

static void put(const char *path, const char *text, size_t size, mode_t mode) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || write(file, text, size) != (ssize_t)size) printf("%s: %s\n", path, strerror(errno));
    fchmod(file, mode);
    close(file);
}

// #! and what stands behind it; %s is this program.
static void script(const char *path, const char *format, mode_t mode) {
    char text[8192];
    snprintf(text, sizeof text, format, self);
    put(path, text, strlen(text), mode);
}

static void run(const char *what, const char *path, char *const *words) {
    char *const environment[] = {"ONE=1", NULL};
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        execve(path, words, environment);
        printf("%s: %s\n", what, strerror(errno));
        fflush(stdout);
        _exit(99);
    }
    waitpid(child, &status, 0);
    printf("%s: status %d\n", what, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static void run_plain(const char *what, const char *path) {
    char *const words[] = {"zero", "first", "second word", "", NULL};
    run(what, path, words);
}

static int show(int count, char **words) {
    for (int i = 0; i < count; i++) printf("%s[%s]", i > 0 ? " " : "", strcmp(words[i], self) == 0 ? "self" : words[i]);
    printf(", ONE=%s\n", getenv("ONE") != NULL ? getenv("ONE") : "none");
    return 3;
}

static void scripts(void) {
    char text[8192];
    script("a", "#!%s\n", 0755);
    run_plain("a script", "./a");
    char *const none[] = {NULL};
    run("without words", "./a", none);
    script("b", "#! \t%s  one two\tthree \t \nmore\n", 0755);
    run_plain("with a word, and blanks around", "./b");
    script("c", "#!%s", 0755);
    run_plain("without a line's end", "./c");
    script("d", "#!./a more", 0755);
    run_plain("a script of a script", "./d");
    script("d2", "#!./d", 0755), script("d3", "#!./d2", 0755), script("d4", "#!./d3", 0755);
    run_plain("five deep", "./d4");
    script("d5", "#!./d4", 0755);
    run_plain("six deep", "./d5");
    script("e", "#!./e\n", 0755);
    run_plain("of itself", "./e");
    script("f", "#!\n%s\n", 0755);
    run_plain("that names nothing", "./f");
    script("g", "#!  \t \n", 0755);
    run_plain("that names blanks", "./g");
    script("h", "#!/nowhere/at/all\n", 0755);
    run_plain("of what is not there", "./h");
    script("i", "#!%s\n", 0644);
    run_plain("that may not be run", "./i");
    script("j", "#!./i\n", 0755);
    run_plain("of what may not be run", "./j");
    script("k", "#!/tmp\n", 0755);
    run_plain("of a folder", "./k");
    memset(text, 'x', 600);
    memcpy(text, "#!/tmp/", 7);
    put("l", text, 600, 0755);
    run_plain("of a path without end", "./l");
    snprintf(text, sizeof text, "#!%s %0300d\n", self, 7);
    put("m", text, strlen(text), 0755);
    run_plain("with a word that is cut", "./m");
}

static void others(void) {
    put("empty", "", 0, 0755);
    run_plain("an empty file", "./empty");
    put("text", "echo hello\n", 11, 0755);
    run_plain("a text", "./text");
    put("short", "\177ELF", 4, 0755);
    run_plain("four bytes of an executable", "./short");
    run_plain("a folder", "/tmp");
    run_plain("a path through a file", "./text/x");
    run_plain("no path", "");
    run_plain("nothing", "./nothing");
    symlink("a", "link");
    run_plain("a link to a script", "./link");
    symlink("loop", "loop");
    run_plain("a link to itself", "./loop");
    char *many[3001];
    for (int i = 0; i < 3000; i++) many[i] = "0123456789";
    many[3000] = NULL;
    script("count", "#!%s --count\n", 0755);
    run("three thousand words", "./count", many);
}

int main(int count, char **words) {
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) printf("no /proc/self/exe: %s\n", strerror(errno));
    if (count > 1 && strcmp(words[1], "--count") == 0) {
        printf("%d words\n", count);
        return 0;
    }
    if (getenv("ONE") != NULL) return show(count, words);
    if (mkdir("/tmp/exec", 0700) != 0 || chdir("/tmp/exec") != 0) printf("/tmp/exec: %s\n", strerror(errno));
    scripts();
    others();
    return 0;
}
