using UnityEngine;

namespace EchoRuntime.Components
{
    /// <summary>
    /// The player's face read off a mesh that a tracker moves: AR Foundation's ARKit sample face, a VRM, anything whose
    /// blend shapes carry ARKit's names in one of the usual spellings.
    /// </summary>
    [AddComponentMenu("Echo Runtime/Echo Blend Shape Face Source")]
    public sealed class EchoBlendShapeFaceSource : EchoFaceSource
    {
        [SerializeField] private SkinnedMeshRenderer mesh;

        private int[] _shapes;
        private SkinnedMeshRenderer _matched;

        public override string Curves
        {
            get { return "arkit52"; }
        }

        public override int Count
        {
            get { return ArkitNames.All.Count; }
        }

        public override bool Read(float[] values, out float validity)
        {
            validity = 0f;
            if (mesh == null || mesh.sharedMesh == null) return false;
            if (_matched != mesh) Match();
            for (int i = 0; i < Count; i++)
            {
                values[i] = _shapes[i] < 0 ? 0f : Mathf.Clamp01(mesh.GetBlendShapeWeight(_shapes[i]) / 100f);
            }
            validity = mesh.isVisible || mesh.enabled ? 1f : 0f;
            return true;
        }

        private void Match()
        {
            _matched = mesh;
            _shapes = new int[Count];
            int found = 0;
            for (int i = 0; i < Count; i++)
            {
                _shapes[i] = -1;
                for (int k = 0; k < mesh.sharedMesh.blendShapeCount && _shapes[i] < 0; k++)
                {
                    if (ShapeNames.Same(ArkitNames.All[i], mesh.sharedMesh.GetBlendShapeName(k))) _shapes[i] = k;
                }
                if (_shapes[i] >= 0) found++;
            }
            if (found == 0) EchoLog.Error("The mesh of '" + name + "' has no blend shape with a name of ARKit's: no face of the player is sent.", this);
        }
    }
}
