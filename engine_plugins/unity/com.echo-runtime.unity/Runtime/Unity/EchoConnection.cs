using System;
using System.Collections.Generic;
using System.IO;
using UnityEngine;
using UnityEngine.Events;

namespace EchoRuntime.Components
{
    /// <summary>
    /// The connection to the runtime, shared by all NPCs. One is made when the first NPC needs it, and stays from scene to
    /// scene; place one yourself for its events. Everything here is for the main thread.
    /// </summary>
    [AddComponentMenu("Echo Runtime/Echo Connection")]
    [DefaultExecutionOrder(-100)]
    [DisallowMultipleComponent]
    public sealed class EchoConnection : MonoBehaviour
    {
        [Serializable]
        public sealed class TextEvent : UnityEvent<string>
        {
        }

        [Tooltip("Stays when another scene is loaded.")]
        [SerializeField] private bool keepBetweenScenes = true;
        [SerializeField] private UnityEvent onConnected = new UnityEvent();
        [Tooltip("The connection broke, or was refused; the text says why. It is made again by itself.")]
        [SerializeField] private TextEvent onLost = new TextEvent();

        private static EchoConnection _shared;
        private static bool _leaving;

        private readonly List<EchoNpc> _npcs = new List<EchoNpc>();
        private readonly FrameGaps _gaps = new FrameGaps();
        private ClientName _name;

        /// <summary>Null while disabled, or when the settings cannot work.</summary>
        public EchoClient Client { get; private set; }

        public UnityEvent OnConnected
        {
            get { return onConnected; }
        }

        public TextEvent OnLost
        {
            get { return onLost; }
        }

        public ClientStatus Status
        {
            get { return Client == null ? ClientStatus.Closed : Client.Status; }
        }

        /// <summary>One sentence on the state, meant to be shown.</summary>
        public string StatusText
        {
            get { return Client == null ? "Not started." : Client.StatusText; }
        }

        /// <summary>The game ends or scripts are reloaded: NPCs stay open at the runtime, the next session finds them.</summary>
        internal static bool Leaving
        {
            get { return _leaving; }
        }

        /// <summary>The connection of the game; made if there is none. Null outside of play.</summary>
        public static EchoConnection Shared
        {
            get
            {
                if (_shared == null && Application.isPlaying && !_leaving) _shared = Placed();
                if (_shared == null && Application.isPlaying && !_leaving)
                {
                    new GameObject("Echo Connection").AddComponent<EchoConnection>();
                }
                return _shared;
            }
        }

        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
        private static void Forget()
        {
            _shared = null;
            _leaving = false;
        }

        /// <summary>One of the scene that has not been enabled yet: after a reload, the order is the engine's.</summary>
        private static EchoConnection Placed()
        {
            foreach (EchoConnection found in Resources.FindObjectsOfTypeAll<EchoConnection>())
            {
                if (found.gameObject.scene.IsValid() && found.gameObject.activeInHierarchy && found.enabled) return found;
            }
            return null;
        }

        internal void Join(EchoNpc npc)
        {
            if (!_npcs.Contains(npc)) _npcs.Add(npc);
        }

        internal void Leave(EchoNpc npc)
        {
            _npcs.Remove(npc);
        }

        private void OnEnable()
        {
            if (_shared != null && _shared != this)
            {
                EchoLog.Warn("There are two Echo Connections; the one on '" + name + "' is not used.", this);
                enabled = false;
                return;
            }
            _shared = this;
#if UNITY_EDITOR
            UnityEditor.AssemblyReloadEvents.beforeAssemblyReload += BeforeReload;
            UnityEditor.EditorApplication.pauseStateChanged += Halted;
#endif
            if (keepBetweenScenes && transform.parent == null) DontDestroyOnLoad(gameObject);
            Connect();
        }

        private void Start()
        {
            if (_shared != this || !EchoSettings.Current.startRuntime) return;
            if (GetComponent<EchoRuntimeProcess>() == null) gameObject.AddComponent<EchoRuntimeProcess>();
        }

        private void Connect()
        {
            EchoSettings settings = EchoSettings.Current;
            string wanted = settings.clientName.Length > 0 ? settings.clientName : Application.productName;
            _name = ClientName.Take(wanted, Path.Combine(Application.temporaryCachePath, "echo-clients"));
            try
            {
                Client = new EchoClient(settings.Options(_name.Name));
            }
            catch (EchoException error)
            {
                EchoLog.Error(error.Message + " (Project Settings > Echo Runtime)", this);
                _name.Dispose();
            }
            foreach (EchoNpc npc in _npcs) npc.Opening();
        }

        private void Update()
        {
            long gap;
            if (_gaps.Frame(MonotonicClock.NowMicros, out gap) && gap > 10000000)
            {
                EchoLog.Say("The game stood still for " + gap / 1000000 + " s; NPCs go on with what is now.", this);
            }
            if (Client == null) return;
            for (Notice notice = Client.TakeNotice(); notice != null; notice = Client.TakeNotice()) Tell(notice);
        }

        private void Tell(Notice notice)
        {
            bool about = false;
            for (int i = 0; i < _npcs.Count; i++) about |= _npcs[i].Notice(notice);
            switch (notice.Kind)
            {
                case NoticeKind.Status:
                    if (notice.Status == ClientStatus.Connected) onConnected.Invoke();
                    if (notice.Status != ClientStatus.Lost && notice.Status != ClientStatus.Refused) break;
                    if (notice.Status == ClientStatus.Refused) EchoLog.Error(notice.Text, this);
                    else EchoLog.Say(notice.Text, this);
                    onLost.Invoke(notice.Text);
                    break;
                case NoticeKind.Warning:
                    EchoLog.Warn(notice.Text, this);
                    break;
                case NoticeKind.Answered:
                    if (!about && !notice.Command.Succeeded) EchoLog.Warn(notice.Text, this);
                    break;
            }
        }

        private void OnApplicationQuit()
        {
            _leaving = true;
        }

        private void BeforeReload()
        {
            _leaving = true;
        }

#if UNITY_EDITOR
        private void Halted(UnityEditor.PauseState state)
        {
            foreach (EchoNpc npc in _npcs) npc.Halted(state == UnityEditor.PauseState.Paused);
        }
#endif

        private void OnDisable()
        {
#if UNITY_EDITOR
            UnityEditor.AssemblyReloadEvents.beforeAssemblyReload -= BeforeReload;
            UnityEditor.EditorApplication.pauseStateChanged -= Halted;
#endif
            if (_shared != this) return;
            foreach (EchoNpc npc in _npcs) npc.Closing();
            if (Client != null) Client.Dispose();
            Client = null;
            if (_name != null) _name.Dispose();
            _shared = null;
        }
    }
}
