using UnityEngine;

namespace EchoRuntime.Components
{
    /// <summary>
    /// Sends the player's voice from Unity's microphone to the runtime, in pieces of a frame's length. Old sound is dropped
    /// after a stall. Main thread.
    /// </summary>
    [AddComponentMenu("Echo Runtime/Echo Player Voice")]
    public sealed class EchoPlayerVoice : MonoBehaviour
    {
        private const int RingSeconds = 1, Rate = 16000;

        [Tooltip("Empty: the system's default.")]
        [SerializeField] private string device = "";
        [Tooltip("Silence is sent instead while it is on.")]
        [SerializeField] private bool muted;

#if UNITY_WEBGL && !UNITY_EDITOR
        // Unity has no Microphone class there
        public bool Muted
        {
            get { return muted; }
            set { muted = value; }
        }

        public float Level
        {
            get { return 0f; }
        }

        private void OnEnable()
        {
            EchoLog.Warn("Unity has no microphone on this platform: the NPCs do not hear the player (" + device + ").", this);
        }
#else
        private readonly PlayerAudio _command = new PlayerAudio();
        private float[] _samples;
        private byte[] _pcm;
        private RingReader _ring;
        private AudioClip _clip;
        private bool _asked;

        public bool Muted
        {
            get { return muted; }
            set { muted = value; }
        }

        /// <summary>The loudest sample of the last frame, 0 to 1.</summary>
        public float Level { get; private set; }

        private void OnDisable()
        {
            if (_clip == null) return;
            Microphone.End(Device);
            Destroy(_clip);
            _clip = null;
        }

        private void OnApplicationPause(bool paused)
        {
            if (_ring != null) _ring.Reset(); // what was said meanwhile is old
        }

        private string Device
        {
            get { return device.Length == 0 ? null : device; }
        }

        private void Update()
        {
            if (_clip == null && !Begin()) return;
            int position = Microphone.GetPosition(Device), start, count;
            if (!Microphone.IsRecording(Device))
            {
                EchoLog.Warn("The microphone stopped; it is started again.", this);
                OnDisable();
                return;
            }
            Level = 0f;
            // twice: to the end of the ring, and from its begin
            for (int i = 0; i < 2 && _ring.Next(position, MonotonicClock.NowMicros, out start, out count); i++) Send(start, count);
        }

        private bool Begin()
        {
            if (!Allowed()) return false;
            if (Microphone.devices.Length == 0)
            {
                EchoLog.Warn("There is no microphone: the NPCs do not hear the player.", this);
                return false;
            }
            if (device.Length > 0 && System.Array.IndexOf(Microphone.devices, device) < 0)
            {
                EchoLog.Warn("There is no microphone named '" + device + "'; the default one is used.", this);
                device = "";
            }
            _clip = Microphone.Start(Device, true, RingSeconds, Rate);
            if (_clip == null)
            {
                EchoLog.Warn("The microphone could not be started: another program may hold it.", this);
                return false;
            }
            // a device may give another rate than it was asked for
            _ring = new RingReader(_clip.samples, _clip.frequency);
            _samples = new float[_clip.samples];
            _pcm = new byte[2 * _clip.samples];
            return true;
        }

        /// <summary>Asks for permission where a platform wants that, once.</summary>
        private bool Allowed()
        {
#if UNITY_ANDROID && !UNITY_EDITOR
            if (UnityEngine.Android.Permission.HasUserAuthorizedPermission(UnityEngine.Android.Permission.Microphone)) return true;
            if (!_asked) UnityEngine.Android.Permission.RequestUserPermission(UnityEngine.Android.Permission.Microphone);
#else
            if (Application.HasUserAuthorization(UserAuthorization.Microphone)) return true;
            if (!_asked) Application.RequestUserAuthorization(UserAuthorization.Microphone);
#endif
            _asked = true;
            return false;
        }

        private void Send(int start, int count)
        {
            // fills the whole array, around the ring's end: a second of sound, without a new array at each frame
            _clip.GetData(_samples, start);
            if (muted) System.Array.Clear(_samples, 0, count);
            for (int i = 0; i < count; i++) Level = Mathf.Max(Level, Mathf.Abs(_samples[i]));
            EchoConnection connection = EchoConnection.Shared;
            if (connection == null || connection.Status != ClientStatus.Connected) return;
            Payload.WriteSound(_samples, 0, count, _pcm, 0);
            _command.Rate = _clip.frequency;
            connection.Client.Send(_command, _pcm, 0, 2 * count);
        }
#endif
    }
}
