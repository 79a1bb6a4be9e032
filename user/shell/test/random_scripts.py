# SPDX-License-Identifier: MIT
# Random scripts for two shells to agree on: words of every kind, in commands of every kind.
from __future__ import annotations

import random

WORDS = ["a", "b c", "$x", '"$x"', "'$x'", "${x}", "${u:-d e}", '"${u:-d e}"', "${x:+y}", "${x#a}", "${x##*b}", "${x%c}", "${x%%b*}",
         "$((1+2))", "$(echo p  q)", '"$(echo p  q)"', "`echo r`", "\\$x", "\\ ", "*", '"*"', "?", "$#", "$1", '"$@"', "$@", '"$*"', "$*",
         "${#x}", "~", "$e", '"$e"', "''", "$2", "${2}", "$((y*3))", "${u-}", "[ab]", "{", "}", "$?", "$((y>2?1:0))", "=", "x=1", "-",
         "${e:-z}", '"a\\"b"', '"\\$"', '${x:-"q r"}', '"${x:-"q r"}"', "${u:-'q r'}", ":", "#c", "a#b", '"$x$y"', "$x$y", "$u"]
SETTINGS = ["set -- {}", "IFS=:", "IFS=' '", "IFS=''", "IFS=' b'", "true", "false", "(exit 3)", "unset u", "unset IFS", "u=${{u:=as}}",
            "y=$((y+1))", "y=$((y*2-1))", "y=$(((y&7)|8))", "y=$((y%5))", "y=$((-y))", "y=$((!y))", "y=$((y<<2))", "y=$((y==4||y>9))"]
PATTERNS = ["a*", "$x", '"$x"', "[a-c]*", "a|b", "?b?", "'*'"]
FORMS = ["for i in {word} {word}\ndo {one}\necho $i\ndone", "for i in {word}\ndo {one}\n[ $i = a ] && continue\nbreak\ndone",
         "if {one}\nthen {two}\nelse {one}\nfi", 'case "$x" in {pattern}) {one}\n;; *) {two}\n;; esac', "( {one}\n)", "{{ {one}\n}}",
         "{one}\n{two}", "f() {{\n{one}\n}}\nf {word}", "z=$({one}\n)\necho \"$z\"", "{{ {one}\n}} | cat", 'set -- "$x" $x\n{one}',
         "cat <<E1\n{word}\nE1\n", 'read p q <<E2\n{word}\nE2\necho "[$p][$q]"']


class Writer:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def word(self) -> str:
        return "".join(self.random.choice(WORDS) for _ in range(self.random.randint(1, 3)))

    def words(self) -> str:
        return " ".join(self.word() for _ in range(self.random.randint(0, 4)))

    def command(self, depth: int = 0) -> str:
        kind = self.random.random()
        if depth > 3 or kind < 0.4:
            return f"printf '<%s>' {self.words()}; echo"
        if kind < 0.6:
            return self.random.choice(SETTINGS).format(self.words())
        return self.random.choice(FORMS).format(word=self.word(), pattern=self.random.choice(PATTERNS), one=self.command(depth + 1),
                                                two=self.command(depth + 1))

    def script(self) -> str:
        commands = "\n".join(self.command() for _ in range(3))
        return f'x=abc; y=4; e=; set -- one "t wo"; touch a b ab\n{commands}\necho "end $? $x $y $u $#"\n'
