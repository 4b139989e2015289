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
    public sealed class BuildReport : UnityEngine.Object { } // Build.Reporting.BuildReport
}

namespace UnityEditor.UnityLinker
{
    public sealed class UnityLinkerBuildPipelineData { } // UnityLinker.UnityLinkerBuildPipelineData
}
