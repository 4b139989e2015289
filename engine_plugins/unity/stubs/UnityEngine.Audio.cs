namespace UnityEngine
{
    public sealed class AudioClip : Object // AudioClip
    {
        public int samples { get { return 0; } } // AudioClip-samples
        public int channels { get { return 0; } } // AudioClip-channels
        public int frequency { get { return 0; } } // AudioClip-frequency
        public bool GetData(float[] data, int offsetSamples) { return false; } // AudioClip.GetData
        public bool SetData(float[] data, int offsetSamples) { return false; } // AudioClip.SetData
        public static AudioClip Create(string name, int lengthSamples, int channels, int frequency, bool stream) { return null; } // AudioClip.Create
    }

    public sealed class AudioSource : Behaviour // AudioSource
    {
        public AudioClip clip { get; set; } // AudioSource-clip
        public bool loop { get; set; } // AudioSource-loop
        public float pitch { get; set; } // AudioSource-pitch
        public float spatialBlend { get; set; } // AudioSource-spatialBlend
        public bool spatializePostEffects { get; set; } // AudioSource-spatializePostEffects
        public bool playOnAwake { get; set; } // AudioSource-playOnAwake
        public bool isPlaying { get { return false; } } // AudioSource-isPlaying
        public void Play() { } // AudioSource.Play
        public void Stop() { } // AudioSource.Stop
    }

    public sealed class AudioListener : Behaviour // AudioListener
    {
        public static bool pause { get; set; } // AudioListener-pause
    }

    public sealed class AudioSettings // AudioSettings
    {
        public delegate void AudioConfigurationChangeHandler(bool deviceWasChanged); // AudioSettings.AudioConfigurationChangeHandler
        public static event AudioConfigurationChangeHandler OnAudioConfigurationChanged { add { } remove { } } // AudioSettings.OnAudioConfigurationChanged
        public static int outputSampleRate { get { return 0; } } // AudioSettings-outputSampleRate
    }

    public sealed class Microphone // Microphone
    {
        public static string[] devices { get { return null; } } // Microphone-devices
        public static AudioClip Start(string deviceName, bool loop, int lengthSec, int frequency) { return null; } // Microphone.Start
        public static void End(string deviceName) { } // Microphone.End
        public static int GetPosition(string deviceName) { return 0; } // Microphone.GetPosition
        public static bool IsRecording(string deviceName) { return false; } // Microphone.IsRecording
    }
}
