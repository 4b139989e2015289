#!/bin/sh
# Builds the tests of the layer's engine-free part with Mono's compiler:  build.sh [FOLDER]
# FOLDER (default: build/csharp of the repository) gets LayerTests.exe.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
core="$here/../com.echo-runtime.unity/Runtime/Core"
core_tests="$here/../core_tests"
out=${1:-"$here/../../../build/csharp"}
mkdir -p "$out"
mcs -nologo -langversion:7 -optimize+ -debug- -warn:4 -warnaserror+ -nowarn:1591 -target:exe -out:"$out/LayerTests.exe" \
    -main:EchoRuntime.LayerTests.Program $(find "$core" "$here" -name '*.cs' | sort) \
    "$core_tests/Check.cs" "$core_tests/Suite.cs" "$core_tests/Json.cs" "$core_tests/FakePeer.cs" "$core_tests/FakeRuntime.cs"
