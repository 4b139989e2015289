using UnityEngine;

namespace EchoRuntime.Components
{
    /// <summary>
    /// Lets the NPC be heard through an AudioSource, spatialised as any other sound. The source plays a constant sound of
    /// 1 for ever; what Unity's panning makes of it is multiplied by the voice in the audio thread. The samples that are
    /// consumed there are the clock of the lips.
    /// </summary>
    [AddComponentMenu("Echo Runtime/Echo Speech Audio")]
    [RequireComponent(typeof(AudioSource))]
    public sealed class EchoSpeechAudio : MonoBehaviour
    {
        [Tooltip("Empty: the EchoNpc of this object or of a parent.")]
        [SerializeField] private EchoNpc npc;

        private AudioSource _source;
        private AudioClip _ones;
        private volatile SpeechFilter _voice;
        private volatile int _rate = 48000;

        /// <summary>Loudness of the last block, 0 to 1.</summary>
        public float Level
        {
            get
            {
                SpeechFilter voice = _voice;
                return voice == null ? 0f : voice.Level;
            }
        }

        private void OnEnable()
        {
            if (npc == null) npc = GetComponentInParent<EchoNpc>();
            if (npc == null) EchoLog.Error("'" + name + "' cannot be heard: give its EchoSpeechAudio an EchoNpc.", this);
            _source = GetComponent<AudioSource>();
            AudioSettings.OnAudioConfigurationChanged += Configured;
            Configured(false);
        }

        private void OnDisable()
        {
            AudioSettings.OnAudioConfigurationChanged -= Configured;
            _voice = null;
            _source.Stop();
            _source.clip = null;
            if (_ones != null) Destroy(_ones);
        }

        /// <summary>Another device or rate: Unity stops what played, and clips of its own making are gone.</summary>
        private void Configured(bool deviceWasChanged)
        {
            _rate = AudioSettings.outputSampleRate;
            if (_ones != null) Destroy(_ones);
            var ones = new float[_rate];
            for (int i = 0; i < ones.Length; i++) ones[i] = 1f;
            _ones = AudioClip.Create("Echo voice", ones.Length, 1, _rate, false);
            _ones.SetData(ones, 0);
            _source.clip = _ones;
            _source.loop = true;
            _source.pitch = 1f;
            // with a spatialiser plugin the filter has to come first
            _source.spatializePostEffects = true;
            _source.Play();
        }

        private void Update()
        {
            _voice = npc == null || npc.Session == null ? null : npc.Session.Voice;
            if (!_source.isPlaying && !AudioListener.pause) _source.Play();
        }

        /// <summary>The audio thread: no Unity API here.</summary>
        private void OnAudioFilterRead(float[] data, int channels)
        {
            SpeechFilter voice = _voice;
            if (voice == null) System.Array.Clear(data, 0, data.Length);
            else voice.Fill(data, channels, _rate, true);
        }
    }
}
