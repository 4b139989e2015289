using EchoRuntime.Components;
using UnityEditor;
using UnityEditor.Build.Reporting;
using UnityEditor.SceneManagement;
using UnityEngine;
using UnityEngine.SceneManagement;

/// <summary>
/// What the workflow builds: a scene with one NPC and all that shows it, so that scripts, shaders and stripping are put to
/// the test. Copied into the project's `Assets/Editor`.
/// </summary>
public static class BuildOfAnNpc
{
    private const string Place = "Assets/Npc.unity", Program = "build/StandaloneLinux64/npc.x86_64";

    public static void Build()
    {
        Scene scene = EditorSceneManager.NewScene(NewSceneSetup.DefaultGameObjects, NewSceneMode.Single);
        GameObject quad = GameObject.CreatePrimitive(PrimitiveType.Quad);
        quad.AddComponent<EchoNpc>();
        quad.AddComponent<EchoFaceTexture>();
        quad.AddComponent<EchoFaceBlendShapes>();
        quad.AddComponent<AudioSource>();
        quad.AddComponent<EchoSpeechAudio>();
        quad.AddComponent<EchoPlayerVoice>();
        quad.AddComponent<EchoPlayerFace>();
        EditorSceneManager.SaveScene(scene, Place);
        BuildReport report = BuildPipeline.BuildPlayer(
            new[] { Place }, Program, BuildTarget.StandaloneLinux64, BuildOptions.None);
        if (report.summary.result != BuildResult.Succeeded) EditorApplication.Exit(1);
    }
}
