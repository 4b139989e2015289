using UnityEngine;

namespace EchoRuntime.Components
{
    /// <summary>
    /// Where the player's face comes from: a headset, ARKit, a webcam tracker. Derive from it for a tracker of your own.
    /// </summary>
    public abstract class EchoFaceSource : MonoBehaviour
    {
        /// <summary>arkit52, fb70, htc51 or androidxr68.</summary>
        public abstract string Curves { get; }

        /// <summary>How many values <see cref="Read"/> writes.</summary>
        public abstract int Count { get; }

        /// <summary>Writes the newest values, in the order of the curve set. Main thread.</summary>
        /// <param name="validity">0 to 1: how sure the tracker is; 0 when no face is seen.</param>
        /// <returns>False when there is nothing new.</returns>
        public abstract bool Read(float[] values, out float validity);
    }
}
