using UnityEngine;

namespace EchoRuntime.Components
{
    /// <summary>
    /// Starts, watches, restarts and stops the runtime with the game, or uses one that runs already. Made by the connection
    /// where the project's settings say so. It ends with the game, with the scene it is in, and with a reload of scripts.
    /// Main thread.
    /// </summary>
    [AddComponentMenu("Echo Runtime/Echo Runtime Process")]
    [DisallowMultipleComponent]
    public sealed class EchoRuntimeProcess : MonoBehaviour
    {
        private RuntimeSupervisor _supervisor;

        public SupervisorState State
        {
            get { return _supervisor == null ? SupervisorState.Stopped : _supervisor.State; }
        }

        public string StateText
        {
            get { return _supervisor == null ? "" : _supervisor.Text; }
        }

        /// <summary>What the runtime wrote; null while disabled.</summary>
        public ProcessLog Log
        {
            get { return _supervisor == null ? null : _supervisor.Log; }
        }

        /// <summary>Begins anew after it was given up.</summary>
        public void Begin()
        {
            if (_supervisor != null) _supervisor.Begin();
        }

        private void OnEnable()
        {
            EchoSettings settings = EchoSettings.Current;
            if (Application.platform == RuntimePlatform.Android || Application.platform == RuntimePlatform.IPhonePlayer
                || Application.platform == RuntimePlatform.WebGLPlayer)
            {
                EchoLog.Say("This device cannot run the runtime itself: set the address of the computer that does.", this);
                return;
            }
            if (settings.host != "127.0.0.1" && settings.host != "localhost" && settings.host != "::1") return; // another machine's
            string arguments = RuntimeCommand.Arguments(settings.avatar, "", settings.port, settings.runtimeArguments);
#if ENABLE_IL2CPP && !UNITY_EDITOR
            IProcessLauncher launcher = new NativeProcessLauncher();
#else
            IProcessLauncher launcher = new SystemProcessLauncher();
#endif
            _supervisor = new RuntimeSupervisor(
                () => RuntimeCommand.Find(settings.runtimePath, EchoSettings.GameFolder), arguments, "", launcher, new PortProbe(settings.host, settings.port));
            _supervisor.Begin();
        }

        private void Update()
        {
            if (_supervisor == null) return;
            EchoConnection connection = EchoConnection.Shared;
            // one that refuses this game answers too; without a client nobody could tell
            bool answers = connection == null || connection.Client == null
                || connection.Status == ClientStatus.Connected || connection.Status == ClientStatus.Refused;
            if (!_supervisor.Tick(MonotonicClock.NowMicros, answers)) return;
            if (_supervisor.State == SupervisorState.GaveUp)
            {
                EchoLog.Error(_supervisor.Text + " (Project Settings > Echo Runtime)", this);
            }
            else if (_supervisor.State == SupervisorState.Waiting) EchoLog.Warn(_supervisor.Text, this);
            else if (_supervisor.Text.Length > 0) EchoLog.Say(_supervisor.Text, this);
        }

        private void OnDisable()
        {
            if (_supervisor != null) _supervisor.Dispose();
            _supervisor = null;
        }
    }
}
