using System.IO;
using UnityEditor.Build;
using UnityEditor.Build.Reporting;
using UnityEditor.UnityLinker;

namespace EchoRuntime.Editing
{
    /// <summary>Hands the package's link.xml to the linker, which does not look into packages by itself.</summary>
    internal sealed class EchoLinker : IUnityLinkerProcessor
    {
        private const string File = "Packages/com.echo-runtime.unity/link.xml";

        public int callbackOrder
        {
            get { return 0; }
        }

        public string GenerateAdditionalLinkXmlFile(BuildReport report, UnityLinkerBuildPipelineData data)
        {
            // an editor's working folder is the project; a package from a URL lies elsewhere, under a path that Unity maps
            return Path.GetFullPath(File);
        }
    }
}
