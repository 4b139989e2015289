using System;
using System.Threading;

namespace EchoRuntime.LayerTests
{
    /// <summary>Publishes pictures, faces and a tone in real time.</summary>
    internal sealed class Performance : IDisposable
    {
        private readonly FakeStage _stage;
        private readonly Thread _thread;
        private readonly string _npc;
        private volatile bool _ending;
        public volatile int Side = 4;
        public volatile bool Tone = true;
        private ulong _seq;

        public Performance(FakeStage stage, string npc = "mira")
        {
            _npc = npc;
            _stage = stage;
            _thread = new Thread(Run) { IsBackground = true };
            _thread.Start();
        }

        public long Last
        {
            get { return (long)Volatile.Read(ref _seq); }
        }

        public void Dispose()
        {
            _ending = true;
            _thread.Join(2000);
        }

        private void Run()
        {
            var values = new byte[8];
            Payload.WriteFloats(new[] { 0.5f, 0.25f }, 2, values, 0);
            var sound = new byte[2 * 640];
            for (int i = 0; i < 640; i++)
            {
                short sample = (short)(12000 * Math.Sin(2 * Math.PI * 400 * i / 16000.0));
                sound[2 * i] = (byte)sample;
                sound[2 * i + 1] = (byte)(sample >> 8);
            }
            long begin = MonotonicClock.NowMicros;
            for (int frame = 1; !_ending; frame++)
            {
                long pts = begin + frame * 40000L;
                Volatile.Write(ref _seq, (ulong)frame);
                _stage.Published(new Video
                {
                    Npc = _npc, Seq = (ulong)frame, Pts = pts, Origin = "generated", Width = Side, Height = Side,
                    Stride = 4 * Side, Format = "bgra8", PublishedMicros = MonotonicClock.NowMicros,
                }, new byte[4 * Side * Side]);
                _stage.Published(new Coefficients
                {
                    Npc = _npc, Seq = (ulong)frame, Pts = pts, Origin = "generated", Curves = "arkit52", Count = 2,
                }, values);
                if (Tone)
                {
                    _stage.Published(new Speech
                    {
                        Npc = _npc, Seq = (ulong)frame, Pts = pts, Rate = 16000, Channels = 1, Utt = 1,
                    }, sound);
                }
                long wait = begin + (frame + 1) * 40000L - MonotonicClock.NowMicros;
                if (wait > 0) Thread.Sleep((int)(wait / 1000));
            }
        }
    }
}
