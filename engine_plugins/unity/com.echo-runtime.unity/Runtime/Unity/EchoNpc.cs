using System;
using UnityEngine;
using UnityEngine.Events;

namespace EchoRuntime.Components
{
    /// <summary>
    /// One NPC of the runtime: opened while this component is enabled. Other components of this object show its face and
    /// let it be heard. Everything here is for the main thread; events are raised in Update.
    /// </summary>
    [AddComponentMenu("Echo Runtime/Echo NPC")]
    [DefaultExecutionOrder(-50)]
    [DisallowMultipleComponent]
    public sealed partial class EchoNpc : MonoBehaviour
    {
        [Serializable]
        public sealed class TextEvent : UnityEvent<string>
        {
        }

        [Tooltip("Name at the runtime: letters, digits, '_', '-', '.'.")]
        [SerializeField] private string npcName = "mira";
        [Tooltip("Avatar package; empty: the one of the NPC's name.")]
        [SerializeField] private string avatar = "";
        [Tooltip("Who looks at the NPC; empty: the main camera.")]
        [SerializeField] private Transform player;
        [Tooltip("Its face, which the player looks at; empty: the head's bone of a humanoid, else this object.")]
        [SerializeField] private Transform face;
        [Tooltip("The NPC stands still while Time.timeScale is 0.")]
        [SerializeField] private bool pauseWithTimeScale = true;
        [Tooltip("The NPC stands still while the game has no focus.")]
        [SerializeField] private bool pauseWithoutFocus;

        [SerializeField] private UnityEvent onOpened = new UnityEvent();
        [Tooltip("Something went wrong with this NPC; the text says what.")]
        [SerializeField] private TextEvent onFailed = new TextEvent();
        [Tooltip("listening, speaking or thinking.")]
        [SerializeField] private TextEvent onTurn = new TextEvent();
        [SerializeField] private UnityEvent onSpeechEnded = new UnityEvent();
        [SerializeField] private UnityEvent onInterrupted = new UnityEvent();
        [Tooltip("What the player was understood to say, where the runtime recognises words.")]
        [SerializeField] private TextEvent onHeard = new TextEvent();
        [Tooltip("The name of every event of the NPC.")]
        [SerializeField] private TextEvent onCue = new TextEvent();

        private EchoConnection _connection;
        private NpcSession _session;

        /// <summary>Raised in Update for each new picture, which is valid until the next one.</summary>
        public event Action<Picture> PictureShown;

        /// <summary>Raised in Update for each event, with all that it says.</summary>
        public event Action<CueEvent> CueRaised;

        /// <summary>Null while disabled or not connected to settings that work.</summary>
        public NpcSession Session
        {
            get { return _session; }
        }

        public string NpcName
        {
            get { return npcName; }
        }

        public UnityEvent OnOpened
        {
            get { return onOpened; }
        }

        public TextEvent OnFailed
        {
            get { return onFailed; }
        }

        public TextEvent OnTurn
        {
            get { return onTurn; }
        }

        public UnityEvent OnSpeechEnded
        {
            get { return onSpeechEnded; }
        }

        public UnityEvent OnInterrupted
        {
            get { return onInterrupted; }
        }

        public TextEvent OnHeard
        {
            get { return onHeard; }
        }

        public TextEvent OnCue
        {
            get { return onCue; }
        }

        public bool IsOpen
        {
            get { return _session != null && _session.Open; }
        }

        /// <summary>Names the NPC from a script; before it is enabled.</summary>
        public void Name(string npc, string ofAvatar)
        {
            if (isActiveAndEnabled) throw new InvalidOperationException("Disable the EchoNpc before it gets another name.");
            npcName = npc;
            avatar = ofAvatar;
        }

        internal void Opening()
        {
            if (_session != null || _connection == null || _connection.Client == null) return;
            try
            {
                _session = new NpcSession(_connection.Client, npcName, avatar);
            }
            catch (EchoException error)
            {
                Failed(error.Message);
                return;
            }
            _session.Life.WithTimeScale = pauseWithTimeScale;
            _session.Life.WithoutFocus = pauseWithoutFocus;
#if UNITY_EDITOR
            _session.Life.Halted(UnityEditor.EditorApplication.isPaused);
#endif
        }

        internal void Closing()
        {
            if (_session == null) return;
            if (EchoConnection.Leaving) _session.Leave();
            else _session.Dispose();
            _session = null;
        }

        internal bool Notice(Notice notice)
        {
            if (_session == null || !_session.Notice(notice)) return false;
            if (notice.Kind == NoticeKind.Opened) onOpened.Invoke();
            else if (notice.Kind == NoticeKind.Answered && !notice.Command.Succeeded && notice.Command.Code != "interrupted")
            {
                Failed(notice.Text);
            }
            return true;
        }

        private void OnEnable()
        {
            if (face == null) face = Face();
            _connection = EchoConnection.Shared;
            if (_connection == null) return;
            _connection.Join(this);
            Opening();
        }

        private void OnDisable()
        {
            Closing();
            if (_connection != null) _connection.Leave(this);
            _connection = null;
        }

        private void OnApplicationPause(bool paused)
        {
            if (_session == null) return;
            _session.Life.Paused(paused);
            _session.TellPause(); // no Update follows while it is paused
        }

        private void OnApplicationFocus(bool focused)
        {
            if (_session == null) return;
            _session.Life.Focused(focused);
            _session.TellPause();
        }

        /// <summary>The editor's pause button: Unity sends no OnApplicationPause for it.</summary>
        internal void Halted(bool halted)
        {
            if (_session == null) return;
            _session.Life.Halted(halted);
            _session.TellPause();
        }

        private void Update()
        {
            if (_session == null) return;
            _session.Life.TimeScale(Time.timeScale);
            if (_session.Frame() && PictureShown != null) PictureShown(_session.Picture);
            for (CueEvent cue = _session.Streams.TakeCue(); cue != null; cue = _session.Streams.TakeCue()) Raise(cue);
            Look();
        }

        private void Look()
        {
            Transform eyes = player;
            if (eyes == null && Camera.main != null) eyes = Camera.main.transform;
            if (eyes == null) return;
            if (face == null) face = transform; // its bone was destroyed
            _session.Attention(Attentiveness.Share(Vector3.Dot(eyes.forward, (face.position - eyes.position).normalized)));
        }

        /// <summary>A character's own place is at its feet, which is not where one looks.</summary>
        private Transform Face()
        {
            Animator animator = GetComponentInChildren<Animator>();
            Transform head = animator != null && animator.isHuman ? animator.GetBoneTransform(HumanBodyBones.Head) : null;
            return head == null ? transform : head;
        }

        private void Raise(CueEvent cue)
        {
            if (CueRaised != null) CueRaised(cue);
            onCue.Invoke(cue.Name);
            if (cue.Name == "turn") onTurn.Invoke(cue.Detail.Text("state"));
            else if (cue.Name == "speech_ended") onSpeechEnded.Invoke();
            else if (cue.Name == "interrupted") onInterrupted.Invoke();
            else if (cue.Name == "heard") onHeard.Invoke(cue.Detail.Text("text"));
            else if (cue.Name == "note") EchoLog.Say(cue.Detail.Text("text"), this);
        }

        private void Failed(string text)
        {
            EchoLog.Error("NPC '" + npcName + "': " + text, this);
            onFailed.Invoke(text);
        }
    }
}
