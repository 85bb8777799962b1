#!/bin/sh
# Makes .venv and installs what a locked file lists, unless that has been done: sh portal/launch/install.sh requirements.txt
# PYTHON names the interpreter; without it, the first one on PATH that is new enough.
set -eu

locked=$1
venv=${VENV:-.venv}
stamp=$venv/$(basename "$locked")

say() {
    echo "$*" >&2
    exit 1
}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    say "Usher needs Python 3.11 or newer, and ${PYTHON:-python3} is not: install one, or name it as in" \
        "\`make run PYTHON=/path/to/python3.12\`."
}

make_venv() {
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        say "Python's venv module is missing: install it (Debian and Ubuntu: apt install python3-venv), then try again."
    "$python" -m venv --clear "$venv" || say "The folder $venv could not be made: see above."
}

if [ -x "$venv/bin/python" ] && cmp -s "$locked" "$stamp"; then
    exit 0
fi
echo "Installing $locked into $venv …"
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || make_venv
"$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r "$locked" ||
    say "The packages of $locked could not be installed: see above; \`make clean\` starts afresh."
cp "$locked" "$stamp"
