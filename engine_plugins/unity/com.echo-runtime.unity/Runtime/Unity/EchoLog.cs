using UnityEngine;

namespace EchoRuntime.Components
{
    /// <summary>Unity's console: each sentence once per run, marked as ours. For all threads.</summary>
    internal static class EchoLog
    {
        private static readonly SaidOnce Said = new SaidOnce();

        public static void Say(string text, Object about = null)
        {
            if (Said.First(text)) Debug.Log("[Echo] " + text, about);
        }

        public static void Warn(string text, Object about = null)
        {
            if (Said.First(text)) Debug.LogWarning("[Echo] " + text, about);
        }

        public static void Error(string text, Object about = null)
        {
            if (Said.First(text)) Debug.LogError("[Echo] " + text, about);
        }

        /// <summary>Statics outlive a run where the editor's domain reload is switched off.</summary>
        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
        private static void Forget()
        {
            Said.Forget();
        }
    }
}
