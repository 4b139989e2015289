using System;

namespace EchoRuntime
{
    /// <summary>
    /// An NPC's voice between the thread that receives it and the sound device's thread, which pulls at its own rate.
    /// Guarded by the NPC's lock; sections are short.
    /// </summary>
    internal sealed class NpcVoice
    {
        private SpeechPlayout _playout = new SpeechPlayout();
        private Resampler _resampler;
        private float[] _samples = new float[0];
        private long _pulledMicros;

        public SpeechPlayout Playout
        {
            get { return _playout; }
        }

        /// <summary>When the sound device last pulled, on this process's clock; 0 = never.</summary>
        public long PulledMicros
        {
            get { return _pulledMicros; }
        }

        public void Push(Speech header, byte[] payload, int size)
        {
            if (header.Rate != _playout.Rate)
            {
                uint epoch = _playout.Epoch; // another rate: what waits in the old one is lost
                _playout = new SpeechPlayout(header.Rate);
                _playout.RaiseEpoch(epoch);
                _resampler = null;
            }
            if (_samples.Length < size / 2) _samples = new float[size / 2];
            int count = Payload.ReadSound(payload, 0, size, header.Channels, _samples);
            _playout.Push(header.Pts, _samples, 0, count, header.Epoch, header.Last);
        }

        public void RaiseEpoch(uint epoch)
        {
            _playout.RaiseEpoch(epoch);
            if (_resampler != null) _resampler.Clear(); // a rest of the old epoch
        }

        public void Reset()
        {
            _playout.Reset();
            if (_resampler != null) _resampler.Clear();
        }

        /// <summary>The next samples at the device's rate, the same on all channels, interleaved.</summary>
        public void Pull(float[] into, int offset, int frames, int channels, int rate, long runtimeNow, long now)
        {
            _pulledMicros = now;
            if (_resampler == null || _resampler.To != rate) _resampler = new Resampler(_playout.Rate, rate);
            int needed = _resampler.Needed(frames);
            if (_samples.Length < needed + frames) _samples = new float[needed + 2 * frames];
            // pulled to the begin, brought to the device's rate behind it
            _playout.Pull(_samples, 0, needed, runtimeNow);
            _resampler.Process(_samples, _samples, needed, frames);
            for (int i = 0; i < frames; i++)
            {
                for (int c = 0; c < channels; c++) into[offset + i * channels + c] = _samples[needed + i];
            }
        }
    }
}
