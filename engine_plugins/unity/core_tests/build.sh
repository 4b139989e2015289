#!/bin/sh
# Builds the C# core, its tests and the live program with Mono's compiler:  build.sh [FOLDER]
# FOLDER (default: build/csharp of the repository) gets CoreTests.exe and EchoLive.exe.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
core="$here/../com.echo-runtime.unity/Runtime/Core"
out=${1:-"$here/../../../build/csharp"}
mkdir -p "$out"

# C# 7 and no engine references, as the oldest supported engine has it; warnings are errors
compile() {
    mcs -nologo -langversion:7 -optimize+ -debug- -warn:4 -warnaserror+ -nowarn:1591 "$@"
}

compile -target:exe -out:"$out/CoreTests.exe" -main:EchoRuntime.CoreTests.Program \
    $(find "$core" "$here" -name '*.cs' -not -path "$here/Live/*" | sort)
compile -target:exe -out:"$out/EchoLive.exe" -main:EchoRuntime.Live.Program \
    $(find "$core" "$here/Live" -name '*.cs' | sort) "$here/Json.cs"
