using UnityEngine;

namespace EchoRuntime.Components
{
    /// <summary>What a game does with an NPC. None of it waits; false, or a message, where it cannot be done now.</summary>
    public sealed partial class EchoNpc
    {
        /// <summary>Speaks a clip. Its Load Type must be Decompress On Load. False with a message when it cannot.</summary>
        /// <param name="text">Its words, if known: they move the face too.</param>
        public bool Speak(AudioClip clip, string text = "")
        {
            if (clip == null)
            {
                EchoLog.Warn("'" + npcName + "' was given no clip to speak.", this);
                return false;
            }
            var samples = new float[clip.samples * clip.channels];
            if (samples.Length == 0 || !clip.GetData(samples, 0))
            {
                EchoLog.Error("The clip '" + clip.name + "' cannot be read: set its Load Type to Decompress On Load, and load it.", this);
                return false;
            }
            return Speak(samples, clip.channels, clip.frequency, text, "The clip '" + clip.name + "'");
        }

        /// <summary>Speaks samples in [−1, 1], interleaved, at any rate.</summary>
        public bool Speak(float[] samples, int channels, int rate, string text = "")
        {
            return Speak(samples, channels, rate, text, "The speech");
        }

        /// <summary>Speaks a text with the runtime's voice for text, where it has one (run --voice-for-text).</summary>
        public bool SpeakText(string text, string voice = "")
        {
            if (!Ready("SpeakText")) return false;
            if (!_session.Can("speak_text"))
            {
                EchoLog.Warn("The runtime has no voice for text: start it with --voice-for-text espeak-ng, or give '" + npcName + "' a clip or samples.", this);
                return false;
            }
            return Do(new SpeakText { Npc = npcName, Text = text, Voice = voice, Utt = (uint)UnityEngine.Random.Range(1, int.MaxValue) });
        }

        /// <summary>Cuts the NPC off at once.</summary>
        public void Interrupt()
        {
            Do(new Interrupt { Npc = npcName });
        }

        /// <summary>Shows a feeling over what the words bring; intensity from 0 to 1.</summary>
        public void SetEmotion(string emotion, float intensity = 1f)
        {
            Do(new Emotion { Npc = npcName, Name = emotion, Intensity = Mathf.Clamp01(intensity) });
        }

        /// <summary>Shows that the game is still finding an answer.</summary>
        public void SetThinking(bool thinking)
        {
            Do(new Thinking { Npc = npcName, On = thinking });
        }

        /// <summary>Adds words to what the NPC remembers of the conversation.</summary>
        /// <param name="speaker">`player`, or an NPC's name.</param>
        public void SayText(string speaker, string text)
        {
            Do(new SayText { Npc = npcName, Speaker = speaker, Text = text });
        }

        /// <summary>Writes what the NPC remembers into a file of the runtime's own memory folder.</summary>
        /// <param name="file">A bare name, without a folder.</param>
        public void SaveMemory(string file)
        {
            Do(new SaveMemory { Npc = npcName, File = file });
        }

        /// <summary>Lets the NPC remember what was saved under this name.</summary>
        public void LoadMemory(string file)
        {
            Do(new LoadMemory { Npc = npcName, File = file });
        }

        private bool Speak(float[] samples, int channels, int rate, string text, string what)
        {
            if (!Ready("Speak")) return false;
            try
            {
                SpeechClip clip = SpeechClip.Of(samples, channels, rate);
                if (clip.Silent) EchoLog.Warn(what + " is silent: '" + npcName + "' will not move its lips.", this);
                _session.Speak(clip, text);
                return true;
            }
            catch (EchoException error)
            {
                Failed(what + " cannot be spoken: " + error.Message);
                return false;
            }
        }

        private bool Do(Command command)
        {
            if (!Ready(command.Type)) return false;
            try
            {
                _connection.Client.Begin(command);
                return true;
            }
            catch (EchoException error)
            {
                Failed(error.Message);
                return false;
            }
        }

        private bool Ready(string what)
        {
            if (IsOpen) return true;
            EchoLog.Warn("'" + npcName + "' is not open yet (" + what + "): wait for OnOpened.", this);
            return false;
        }
    }
}
