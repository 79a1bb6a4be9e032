// SPDX-License-Identifier: MIT
// The system description: what a good one means, and where and why a bad one is refused.
#include "description.h"

#include "tap.h"

#define PAGER "server pager kinds=anon,zero,cow quota=4M rank=2 priority=12 restart\n"

static struct description description;
static struct description_error error;
static const char *const files[] = {"pager", "swap",  "touch", "hello",  "mine",   "forktest",
                                    "disk",  "files", "unix",  "random", "/bin/sh"};

static bool has_file(const void *context, const char *name) {
    (void)context;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (strcmp(files[i], name) == 0) return true;
    }
    return false;
}

static const struct description_machine machine = {.frames = 8192, .has_file = has_file};

// From memory of its very size, so that a byte read beyond its end is seen.
static bool read_bytes(const void *bytes, size_t size) {
    char *copy = malloc(size + 1);
    memcpy(copy, bytes, size);
    char *exact = realloc(copy, size > 0 ? size : 1);
    bool good = description_read(&description, exact, size, &machine, &error);
    free(exact);
    return good;
}

static bool read_text(const char *text) { return read_bytes(text, strlen(text)); }

// Refused at this place, with these words.
static void refused(const char *text, unsigned line, unsigned column, const char *part) {
    bool good = read_text(text);
    EXPECT(!good, "of: %s", text);
    EXPECT(error.place.line == line && error.place.column == column, "%u:%u, not %u:%u, of: %s (%s)", line, column,
           error.place.line, error.place.column, text, error.text);
    EXPECT(strstr(error.text, part) != NULL, "'%s' in: %s", part, error.text);
}

TEST(a_server_has_what_its_line_says) {
    EXPECT(read_text("# nothing\n\n  " PAGER), "%s", error.text);
    const struct description_server *server = description_host(&description, "zero");
    EXPECT(server != NULL && server == description_server(&description, "pager") && server->kind_count == 3);
    EXPECT(server->quota.value == 1024 && server->rank.value == 2 && server->priority.value == 12 && server->restart);
    EXPECT(strcmp(server->program.text, "pager") == 0 && description_host(&description, "swap") == NULL);
}

TEST(what_is_not_said_has_a_default) {
    EXPECT(read_text("server pager kinds=anon\nrun touch"), "%s", error.text);
    EXPECT(description.server[0].rank.value == 1 && description.server[0].priority.value == 8);
    EXPECT(!description.server[0].restart && description.server[0].quota.value == 1024);
    const struct description_program *program = description_program(&description, "touch");
    EXPECT(program == &description.defaults && program->rank.value == 2 && program->priority.value == 8);
    EXPECT(program->part[OS_PART_heap].kind.text[0] == '\0' && program->part[OS_PART_heap].pages == 4096);
}

TEST(a_program_has_what_memory_says_unless_its_own_line_does) {
    EXPECT(read_text(PAGER "program touch heap=zero:1M quota=50% pays\n"
                           "memory data=cow bss=zero heap=anon:2M stack=wired quota=100 priority=3\n"),
           "%s", error.text);
    const struct description_program *touch = description_program(&description, "touch");
    const struct description_program *other = description_program(&description, "other");
    EXPECT(strcmp(touch->part[OS_PART_heap].kind.text, "zero") == 0 && touch->part[OS_PART_heap].pages == 256);
    EXPECT(strcmp(touch->part[OS_PART_data].kind.text, "cow") == 0 && touch->part[OS_PART_stack].kind.text[0] == '\0');
    EXPECT(touch->quota.value == 4096 && other->quota.value == 100 && touch->priority.value == 3);
    EXPECT(strcmp(other->part[OS_PART_heap].kind.text, "anon") == 0 && other->part[OS_PART_heap].pages == 512);
    EXPECT(touch->pays && !other->pays);
    EXPECT(touch->rank.value == 3 && other->rank.value == 3);
}

TEST(moving_a_kind_is_an_edit_of_one_line) {
    EXPECT(read_text("server pager kinds=anon,cow\nserver mine kinds=zero program=pager\nmemory bss=zero heap=anon\n"),
           "%s", error.text);
    EXPECT(strcmp(description_host(&description, "zero")->name.text, "mine") == 0);
    EXPECT(strcmp(description_host(&description, "zero")->program.text, "pager") == 0);
}

TEST(ranks_follow_from_who_asks_whom) {
    EXPECT(read_text("server pager backing=swap,mine kinds=anon\nserver swap kinds=swapped backing=mine\n"
                     "server mine\nmemory heap=anon\n"),
           "%s", error.text);
    EXPECT(description_server(&description, "mine")->rank.value == 1);
    EXPECT(description_server(&description, "swap")->rank.value == 2);
    EXPECT(description_server(&description, "pager")->rank.value == 3);
    EXPECT(description.defaults.rank.value == 4);
}

TEST(what_runs_is_a_command_line_and_perhaps_waited_for) {
    EXPECT(read_text("start hello\nrun operator touch heap 4M seq # fast\r\nfinally poweroff\n"), "%s", error.text);
    EXPECT(description.run_count == 2 && description.ends);
    EXPECT(strcmp(description.run[0].command, "hello") == 0 && !description.run[0].waits);
    EXPECT(strcmp(description.run[1].command, "touch heap 4M seq") == 0 && description.run[1].waits);
    EXPECT(description.run[1].operates && !description.run[0].operates);
}

TEST(sizes_are_frames_bytes_or_parts) {
    static const struct {
        const char *word;
        uint64_t frames;
    } sizes[] = {{"1", 1},   {"1024", 1024}, {"4K", 1}, {"4M", 1024}, {"1G", 262144},      {"10%", 819}, {"100%", 8192},
                 {"0", 0},   {"", 0},        {"M", 0},  {"4m", 0},    {"-4", 0},           {"4MM", 0},   {"101%", 0},
                 {"4.5", 0}, {"1K", 0},      {"0%", 0}, {"%", 0},     {"9999999999999", 0}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint64_t frames = 0;
        bool good = description_size(sizes[i].word, strlen(sizes[i].word), 8192, &frames);
        EXPECT(good == (sizes[i].frames != 0) && (!good || frames == sizes[i].frames), "of '%s'", sizes[i].word);
    }
}

TEST(unknown_words_are_refused_where_they_stand) {
    refused("sever pager\n", 1, 1, "unknown word 'sever'; a line begins with: server");
    refused("\n  serverpager", 2, 3, "unknown word");
    refused("server pager kind=anon", 1, 14, "unknown word 'kind=anon'; this line takes: program kinds");
    refused("memory restart", 1, 8, "this line takes: quota rank");
    refused("memory kinds=anon", 1, 8, "unknown word");
    refused("server pager restart=yes", 1, 22, "has no value");
    refused("server pager quota", 1, 14, "needs a value: quota=");
    refused("server pager quota=1 quota=2", 1, 22, "said twice");
    refused("finally", 1, 8, "`poweroff` or `stay`");
    refused("finally rest", 1, 9, "`poweroff` or `stay`");
    refused("finally stay here", 1, 14, "nothing follows");
    refused("server pager\x01", 1, 13, "control character");
}

TEST(names_must_be_there_and_be_names) {
    refused("server", 1, 7, "is missing");
    refused("server   # pager", 1, 10, "is missing");
    refused("server pa/ger", 1, 8, "something else than letters");
    refused("server pager kinds=", 1, 20, "is missing");
    refused("server pager kinds=anon,,zero", 1, 25, "is missing");
    refused("server pager kinds=anon,zero,anon", 1, 30, "named twice");
    refused("server pager kinds=a,b,c,d,e,f,g,h,i", 1, 36, "more than 8");
    refused("server pager-of-a-very-long-name program=pager", 1, 8, "too long: 23 letters");
    refused("run", 1, 4, "is missing");
    refused("run operator", 1, 13, "is missing");
    refused("program touch\nprogram touch", 2, 9, "already");
    refused("memory\nmemory", 2, 1, "line 1 has said");
    refused("server pager\nserver pager", 2, 8, "already");
    refused("server pager kinds=wired", 1, 20, "no server's to host");
    refused("server pager kinds=swap\nserver swap", 1, 20, "name of another server");
}

TEST(a_kind_that_nobody_hosts_is_refused) {
    refused(PAGER "memory heap=anno", 2, 13, "unknown kind 'anno': no server hosts it; there are: wired anon zero cow");
    refused(PAGER "program touch stack=swap:1M", 2, 21, "unknown kind 'swap'");
    refused("memory bss=zero", 1, 12, "there are: wired");
}

TEST(a_kind_with_two_hosts_is_refused) { refused(PAGER "server mine kinds=zero", 2, 19, "hosted by 'pager' already"); }

TEST(a_program_that_is_not_in_the_image_is_refused) {
    refused("server pager program=pagre", 1, 22, "no program 'pagre'");
    refused("server ghost", 1, 8, "no program 'ghost'");
    refused("run touhc heap", 1, 5, "no program 'touhc'");
    refused("program touhc pays", 1, 9, "no program 'touhc'");
}

TEST(a_rank_cycle_is_refused) {
    refused("server pager backing=swap\nserver swap backing=mine\nserver mine backing=pager", 3, 21, "rank cycle");
    refused("server pager backing=pager", 1, 22, "rank cycle");
    refused("server pager backing=swap rank=2\nserver swap rank=2", 1, 32, "give it 3 or more");
    refused("server pager backing=none", 1, 22, "no server 'none'");
    refused(PAGER "memory heap=anon rank=2", 2, 23, "give it 3 or more");
    refused("server pager fallback=swap kinds=anon\nserver swap rank=7\nmemory heap=anon rank=7", 3, 23, "8 or more");
    refused("server pager fallback=none", 1, 23, "no server 'none'");
    refused("server pager fallback=pager", 1, 23, "dead itself");
    refused("server pager backing=swap\nserver swap rank=254", 1, 8, "no rank is left");
}

TEST(quotas_beyond_memory_are_refused) {
    refused("server pager quota=33M", 1, 20, "beyond memory");
    refused("server pager quota=8193", 1, 20, "8193 frames, and there are 8192");
    refused("server pager quota=60%\nserver swap quota=50%", 2, 19, "quotas beyond memory");
    refused("server pager quota=100%", 1, 20, "quotas beyond memory");
    refused("memory quota=64M", 1, 14, "beyond memory");
    refused("server pager quota=many", 1, 20, "is no size");
    refused("server pager quota=17179869185G", 1, 20, "beyond memory"); // and not 1G
}

TEST(numbers_have_limits) {
    refused("server pager rank=0", 1, 19, "from 1 to 254");
    refused("server pager rank=255", 1, 19, "from 1 to 254");
    refused("server pager priority=16", 1, 23, "from 0 to 15");
    refused("server pager priority=-1", 1, 23, "from 0 to 15");
    refused("memory rank=99999999999999999999", 1, 13, "from 1 to 255");
    refused("memory heap=wired:2G", 1, 19, "is no size; write one like 4M, 512K or 10%, at most 1024M");
    refused("memory stack=wired:129M", 1, 20, "at most 128M");
    refused("memory heap=wired:", 1, 19, "is no size");
    refused("memory bss=wired:1M", 1, 18, "only heap and stack");
}

TEST(too_much_of_anything_is_refused) {
    char text[DESCRIPTION_SIZE + 2];
    memset(text, ' ', sizeof text);
    EXPECT(!read_bytes(text, sizeof text) && strstr(error.text, "more than 65536 bytes") != NULL);
    EXPECT(!read_bytes(text, DESCRIPTION_LINE + 1) && error.place.column == DESCRIPTION_LINE + 1);
    EXPECT(read_bytes(text, DESCRIPTION_LINE), "%s", error.text);
    text[0] = '\0';
    for (int i = 0; i < 17; i++) sprintf(text + strlen(text), "server s%d program=pager quota=1\n", i);
    refused(text, 17, 8, "more than 16 servers");
    text[0] = '\0';
    for (int i = 0; i < 33; i++) sprintf(text + strlen(text), "program s%d\n", i);
    refused(text, 33, 9, "more than 32");
    text[0] = '\0';
    for (int i = 0; i < 17; i++) strcat(text, "run hello\n");
    refused(text, 17, 1, "more than 16 programs");
    sprintf(text, "run touch %0200d", 0);
    refused(text, 1, 5, "more than 159 letters");
}

TEST(the_description_of_the_tree_is_good) {
    static char text[DESCRIPTION_SIZE];
    FILE *file = fopen(getenv("SYSTEM_DESCRIPTION") != NULL ? getenv("SYSTEM_DESCRIPTION") : "/dev/null", "r");
    size_t size = file != NULL ? fread(text, 1, sizeof text, file) : 0;
    if (file != NULL) fclose(file);
    EXPECT(size > 0 && read_bytes(text, size), "line %u: %s", error.place.line, error.text);
}

// What a description that was accepted promises.
static void expect_sound(void) {
    for (uint32_t i = 0; i < description.server_count; i++) {
        const struct description_server *server = &description.server[i];
        EXPECT(server->rank.value >= 1 && server->rank.value < DESCRIPTION_RANK_MOST && server->quota.value > 0);
        EXPECT(server->priority.value <= DESCRIPTION_PRIORITY_MOST && has_file(NULL, server->program.text));
        for (uint32_t j = 0; j < server->backing_count; j++)
            EXPECT(description_server(&description, server->backing[j].text)->rank.value < server->rank.value);
        for (uint32_t j = 0; j < server->kind_count; j++)
            EXPECT(description_host(&description, server->kind[j].text) == server);
    }
    for (uint32_t i = 0; i <= description.program_count; i++) {
        const struct description_program *program =
            i < description.program_count ? &description.program[i] : &description.defaults;
        EXPECT(program->rank.value >= 1 && program->rank.value <= DESCRIPTION_RANK_MOST);
        EXPECT(program->quota.value > 0 && program->quota.value <= machine.frames);
        for (unsigned part = 0; part < OS_PARTS; part++) {
            const struct description_name *kind = &program->part[part].kind;
            EXPECT(program->part[part].pages <= DESCRIPTION_PAGES_MOST);
            EXPECT(kind->text[0] == '\0' ||
                   description_host(&description, kind->text)->rank.value < program->rank.value);
        }
    }
}

static const char *const pieces[] = {
    "server ", "memory ", "program ",   "run ",     "start ",    "finally ", "pager",   "swap",  "mine",
    "touch",   " kinds=", " quota=",    " rank=",   " data=",    " heap=",   " stack=", " bss=", "anon",
    "zero",    "cow",     "wired",      " restart", " backing=", " program", "=",       ",",     ":",
    "10%",     "4M",      "1",          "2",        "255",       "poweroff", " ",       "\n",    "\n",
    "#",       "\t",      " fallback=", "\xff",     "\\",        "operator "};

TEST(random_descriptions_are_refused_or_sound) {
    for (int round = 0; round < 20000; round++) {
        char text[400] = "";
        for (uint64_t count = tap_random(30); count > 0; count--)
            strcat(text, pieces[tap_random(sizeof pieces / sizeof pieces[0])]);
        if (read_text(text)) {
            expect_sound();
            continue;
        }
        EXPECT(error.place.line >= 1 && error.place.column >= 1 && strlen(error.text) > 10, "of: %s", text);
        EXPECT(strlen(error.text) < sizeof error.text - 1, "cut: %s", error.text);
    }
}

TEST(changed_descriptions_are_refused_or_sound) {
    static const char good[] =
        PAGER "server swap kinds=swapped quota=10% rank=1\nmemory data=cow bss=zero heap=anon:8M "
              "stack=anon quota=1M\nprogram touch quota=2M\nrun operator touch heap\nfinally stay";
    for (int round = 0; round < 20000; round++) {
        char text[sizeof good];
        memcpy(text, good, sizeof good);
        for (uint64_t count = 1 + tap_random(4); count > 0; count--)
            text[tap_random(sizeof good - 1)] =
                tap_random(3) == 0 ? (char)tap_random(256) : " \n=,:#0123"[tap_random(10)];
        if (read_bytes(text, tap_random(2) == 0 ? sizeof good - 1 : tap_random(sizeof good)))
            expect_sound();
        else
            EXPECT(error.place.line >= 1 && error.place.column >= 1 && error.text[0] != '\0');
    }
}
