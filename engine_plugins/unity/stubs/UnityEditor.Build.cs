namespace UnityEditor.Build
{
    public interface IOrderedCallback // Build.IOrderedCallback
    {
        int callbackOrder { get; } // Build.IOrderedCallback-callbackOrder
    }

    public interface IUnityLinkerProcessor : IOrderedCallback // Build.IUnityLinkerProcessor
    {
        string GenerateAdditionalLinkXmlFile(Reporting.BuildReport report, UnityLinker.UnityLinkerBuildPipelineData data); // Build.IUnityLinkerProcessor.GenerateAdditionalLinkXmlFile
    }
}

namespace UnityEditor.Build.Reporting
{
    public sealed class BuildReport : UnityEngine.Object // Build.Reporting.BuildReport
    {
        public BuildSummary summary { get { return default(BuildSummary); } } // Build.Reporting.BuildReport-summary
    }

    public struct BuildSummary // Build.Reporting.BuildSummary
    {
        public BuildResult result { get { return default(BuildResult); } } // Build.Reporting.BuildSummary-result
    }

    public enum BuildResult { Unknown, Succeeded } // Build.Reporting.BuildResult
}

namespace UnityEditor.UnityLinker
{
    public sealed class UnityLinkerBuildPipelineData { } // UnityLinker.UnityLinkerBuildPipelineData
}

namespace UnityEditor
{
    public enum BuildTarget { StandaloneLinux64 = 24 } // BuildTarget

    public enum BuildOptions { None = 0 } // BuildOptions

    public class BuildPipeline // BuildPipeline
    {
        public static Build.Reporting.BuildReport BuildPlayer(string[] levels, string locationPathName, BuildTarget target, BuildOptions options) { return null; } // BuildPipeline.BuildPlayer
    }
}

namespace UnityEditor.SceneManagement
{
    public enum NewSceneSetup { EmptyScene, DefaultGameObjects } // SceneManagement.NewSceneSetup

    public enum NewSceneMode { Single } // SceneManagement.NewSceneMode

    public sealed class EditorSceneManager // SceneManagement.EditorSceneManager
    {
        public static UnityEngine.SceneManagement.Scene NewScene(NewSceneSetup setup, NewSceneMode mode) { return default(UnityEngine.SceneManagement.Scene); } // SceneManagement.EditorSceneManager.NewScene
        public static bool SaveScene(UnityEngine.SceneManagement.Scene scene, string dstScenePath) { return false; } // SceneManagement.EditorSceneManager.SaveScene
    }
}
