using System;
using System.Threading;

namespace EchoRuntime.Live
{
    /// <summary>What a sound card does: pulls blocks of the NPC's voice in real time, on a thread of its own.</summary>
    internal sealed class SoundDevice
    {
        private const int Rate = 48000, Block = 1024;
        private readonly EchoClient _client;
        private readonly NpcStreams _npc;
        private readonly Thread _thread;
        private volatile bool _stopping;
        private long _pausedUntil, _outdatedHeard;

        public SoundDevice(EchoClient client, NpcStreams npc)
        {
            _client = client;
            _npc = npc;
            _thread = new Thread(Run) { IsBackground = true, Name = "sound" };
            _thread.Start();
        }

        /// <summary>Samples that were heard although a higher epoch was known.</summary>
        public long OutdatedHeard
        {
            get { return Interlocked.Read(ref _outdatedHeard); }
        }

        public void Pause(double seconds)
        {
            Interlocked.Exchange(ref _pausedUntil, MonotonicClock.NowMicros + (long)(seconds * 1e6));
        }

        public void Stop()
        {
            _stopping = true;
            _thread.Join(500);
        }

        private void Run()
        {
            var block = new float[2 * Block];
            long begin = MonotonicClock.NowMicros, blocks = 0;
            while (!_stopping)
            {
                long due = begin + blocks * Block * 1000000L / Rate, now = MonotonicClock.NowMicros;
                if (now < due)
                {
                    Thread.Sleep((int)Math.Min(20, (due - now) / 1000 + 1));
                    continue;
                }
                if (now < Interlocked.Read(ref _pausedUntil))
                {
                    Thread.Sleep(5);
                    begin = now; // a device that was away does not catch up
                    blocks = 0;
                    continue;
                }
                if (now - due > 200000) // nor does one that the system kept from running
                {
                    begin = now;
                    blocks = 0;
                }
                Pull(block);
                blocks++;
            }
        }

        private void Pull(float[] block)
        {
            long heardBefore, heard, buffered;
            int underruns;
            uint epoch, known = _npc.Epoch;
            _npc.VoiceCounts(out heardBefore, out underruns, out epoch, out buffered);
            _npc.PullVoice(block, 0, Block, 2, Rate, _client.RuntimeNow);
            _npc.VoiceCounts(out heard, out underruns, out epoch, out buffered);
            if (epoch < known) Interlocked.Add(ref _outdatedHeard, heard - heardBefore);
        }
    }
}
