using System;
using System.Collections.Generic;
using System.Threading;
using EchoRuntime.CoreTests;

namespace EchoRuntime.LayerTests
{
    /// <summary>
    /// An engine without an engine: frames on the test's thread, an audio callback on another one in real time, pauses,
    /// breakpoints, scenes and domain reloads, in the order in which an engine calls its components.
    /// </summary>
    internal sealed class FakeEngine : IDisposable
    {
        private const int Block = 512, Rate = 48000, Channels = 2;
        private readonly EchoOptions _options;
        private readonly string _npc, _avatar;
        private readonly Thread _audio;
        private volatile bool _ending, _breakpoint;
        private volatile NpcSession _heard;
        public readonly List<string> Said = new List<string>();
        public readonly PictureSurface Surface = new PictureSurface();
        public int Pictures;
        public Exception AudioError;
        private int _loudBlocks, _blocks;
        private long _audioAllocated;

        public FakeEngine(EchoOptions options, string npc, string avatar)
        {
            _options = options;
            _npc = npc;
            _avatar = avatar;
            _audio = new Thread(Listen) { IsBackground = true, Name = "audio" };
            Enable();
            _audio.Start();
        }

        public EchoClient Client { get; private set; }

        public NpcSession Npc { get; private set; }

        public int LoudBlocks
        {
            get { return Volatile.Read(ref _loudBlocks); }
        }

        /// <summary>Bytes that the audio callback has allocated.</summary>
        public long AudioAllocated
        {
            get { return Interlocked.Read(ref _audioAllocated); }
        }

        public int Blocks
        {
            get { return Volatile.Read(ref _blocks); }
        }

        /// <summary>Runs frames until it holds.</summary>
        public void Until(Func<bool> holds, string what)
        {
            Check.Soon(() =>
            {
                Frame();
                return holds();
            }, what);
        }

        public void Frame()
        {
            for (Notice notice = Client.TakeNotice(); notice != null; notice = Client.TakeNotice())
            {
                if (notice.Text.Length > 0) Said.Add(notice.Text);
                if (Npc != null) Npc.Notice(notice);
            }
            if (Npc == null || !Npc.Frame()) return;
            Pictures++;
            Surface.Changed(Npc.Picture.Header);
        }

        /// <summary>All of the game's threads stand still.</summary>
        public void Breakpoint(int milliseconds)
        {
            _breakpoint = true;
            Thread.Sleep(milliseconds);
            _breakpoint = false;
        }

        /// <summary>The pause button of an editor, the home button of a telephone: an event, and no frames after it.</summary>
        public void Halt(bool halted)
        {
            Npc.Life.Halted(halted);
            Npc.TellPause();
        }

        public void ChangeScene()
        {
            LeaveScene();
            Npc = new NpcSession(Client, _npc, _avatar);
            _heard = Npc;
        }

        public void LeaveScene()
        {
            _heard = null;
            Npc.Dispose();
            Npc = null;
        }

        /// <summary>What an editor does when scripts have changed: components are disabled and enabled in a new domain.</summary>
        public void Reload()
        {
            Disable();
            Enable();
        }

        public void Dispose()
        {
            Disable();
            _ending = true;
            _audio.Join(2000);
        }

        private void Enable()
        {
            Client = new EchoClient(_options);
            Npc = new NpcSession(Client, _npc, _avatar);
            _heard = Npc;
        }

        private void Disable()
        {
            _heard = null;
            if (Npc != null) Npc.Leave();
            Client.Dispose();
        }

        private void Listen()
        {
            var block = new float[Block * Channels];
            long due = MonotonicClock.NowMicros;
            while (!_ending)
            {
                due += Block * 1000000L / Rate;
                long wait = due - MonotonicClock.NowMicros;
                if (wait > 1000) Thread.Sleep((int)(wait / 1000));
                else if (wait < -200000) due = MonotonicClock.NowMicros;
                NpcSession npc = _heard;
                if (npc == null || _breakpoint) continue;
                for (int i = 0; i < block.Length; i++) block[i] = i % Channels == 0 ? 0.5f : 0.25f; // panned to the left
                try
                {
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    npc.Voice.Fill(block, Channels, Rate, true);
                    Interlocked.Add(ref _audioAllocated, GC.GetAllocatedBytesForCurrentThread() - before);
                }
                catch (Exception error)
                {
                    AudioError = error;
                    return;
                }
                bool loud = false;
                for (int i = 0; i < block.Length; i += Channels)
                {
                    loud |= Math.Abs(block[i]) > 0.05f;
                    if (Math.Abs(block[i] - 2 * block[i + 1]) > 1e-5) AudioError = new CheckFailed("the panning was lost");
                }
                if (loud) Interlocked.Increment(ref _loudBlocks);
                Interlocked.Increment(ref _blocks);
            }
        }
    }
}
