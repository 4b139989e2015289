using EchoRuntime.Components;
using UnityEngine;

namespace EchoRuntime.Samples
{
    /// <summary>
    /// The player's face from a Meta headset with face tracking (Quest Pro, or audio-driven on others), as the curve set
    /// `fb70`. Needs Meta's XR Core SDK and the scripting define ECHO_META_XR. The headset asks the player for permission.
    /// </summary>
    [AddComponentMenu("Echo Runtime/Samples/Meta Face Source")]
    public sealed class MetaFaceSource : EchoFaceSource
    {
        private const int Values = 70;

#if ECHO_META_XR
        [SerializeField] private OVRFaceExpressions expressions;
#endif

        public override string Curves
        {
            get { return "fb70"; }
        }

        public override int Count
        {
            get { return Values; }
        }

        public override bool Read(float[] values, out float validity)
        {
            validity = 0f;
#if ECHO_META_XR
            if (expressions == null) expressions = FindExpressions();
            if (expressions == null || !expressions.ValidExpressions) return expressions != null;
            for (int i = 0; i < Values; i++) values[i] = expressions[(OVRFaceExpressions.FaceExpression)i];
            validity = 1f;
            return true;
#else
            return false;
#endif
        }

#if ECHO_META_XR
        private OVRFaceExpressions FindExpressions()
        {
            return GetComponentInParent<OVRFaceExpressions>();
        }
#endif
    }
}
