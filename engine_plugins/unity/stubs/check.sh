#!/bin/sh
# Compiles the package's assemblies against the stand-ins:  check.sh [FOLDER]
# A compile check and no more. FOLDER (default: build/csharp/check of the repository) gets the assemblies.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
package="$here/../com.echo-runtime.unity"
out=${1:-"$here/../../../build/csharp/check"}
mkdir -p "$out"

# what Unity sets by itself is not warned of: fields that only the inspector writes, methods that only the engine calls
compile() {
    mcs -nologo -langversion:7 -debug- -warn:4 -warnaserror+ -nowarn:1591,649,414,169,661,660,67 -target:library "$@"
}
sources() {
    find "$1" -name '*.cs' | sort
}

compile -out:"$out/Engine.dll" $(find "$here" -maxdepth 1 -name 'Unity*.cs' | sort)
compile -out:"$out/EchoRuntime.Core.dll" $(sources "$package/Runtime/Core")

# the layer as in a player, in one of IL2CPP, on Android, on the web, and in the editor
core="-r:$out/EchoRuntime.Core.dll -r:$out/Engine.dll"
compile -out:"$out/player.dll" $core $(sources "$package/Runtime/Unity")
compile -out:"$out/il2cpp.dll" -define:ENABLE_IL2CPP $core $(sources "$package/Runtime/Unity")
compile -out:"$out/android.dll" -define:UNITY_ANDROID $core $(sources "$package/Runtime/Unity")
compile -out:"$out/web.dll" -define:UNITY_WEBGL $core $(sources "$package/Runtime/Unity")
compile -out:"$out/EchoRuntime.Unity.dll" -define:UNITY_EDITOR $core $(sources "$package/Runtime/Unity")
layer="$core -r:$out/EchoRuntime.Unity.dll"
compile -out:"$out/EchoRuntime.Editor.dll" -define:UNITY_EDITOR $layer $(sources "$package/Editor")

compile -out:"$out/workflow.dll" -define:UNITY_EDITOR $layer "$here/../workflow/BuildOfAnNpc.cs"
compile -out:"$out/samples.dll" $layer $(sources "$package/Samples~")
compile -out:"$out/samples_meta.dll" -define:ECHO_META_XR $layer "$here/Headsets.cs" $(sources "$package/Samples~")
compile -out:"$out/EchoRuntime.Tests.dll" -define:UNITY_EDITOR $layer "$here/TestFramework.cs" $(sources "$package/Tests")
echo "compiled"
