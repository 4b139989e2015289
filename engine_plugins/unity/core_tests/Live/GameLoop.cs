using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;

namespace EchoRuntime.Live
{
    /// <summary>
    /// What an engine does: at every tick takes the newest picture of each NPC, its cues and the client's notices, and
    /// does what lines on standard input say. Prints what happens.
    /// </summary>
    internal sealed class GameLoop
    {
        private readonly LiveOptions _options;
        private readonly EchoClient _client;
        private readonly Queue<string> _lines = new Queue<string>();
        private readonly NpcStreams _main;
        private readonly SoundDevice _sound;
        private List<NpcStreams> _npcs = new List<NpcStreams>();
        private bool _quit, _inputEnded, _awaitsFirst, _stalled;
        private long _stallUntil, _nextNpcs, _shown, _outdatedShown, _takeAllocated, _takesMeasured, _residentFirst;

        public GameLoop(LiveOptions options, EchoClient client)
        {
            _options = options;
            _client = client;
            if (options.Npc.Length > 0)
            {
                _main = client.Open(options.Npc);
                _sound = new SoundDevice(client, _main);
            }
            foreach (string topic in options.Watch) Watch(topic);
            new Thread(ReadLines) { IsBackground = true, Name = "lines" }.Start();
        }

        public void Run()
        {
            Stopwatch watch = Stopwatch.StartNew();
            double tick = 0;
            while (!_quit)
            {
                double now = watch.Elapsed.TotalSeconds;
                if (_options.Seconds > 0 && now >= _options.Seconds) break;
                if (_options.Seconds <= 0 && _inputEnded) break;
                double due = tick / _options.FramesPerSecond;
                if (now < due)
                {
                    Thread.Sleep(Math.Max(1, (int)(1000 * (due - now))));
                    continue;
                }
                tick = Math.Floor(now * _options.FramesPerSecond) + 1; // ticks that were missed are gone
                Obey();
                if (MonotonicClock.NowMicros < _stallUntil) continue;
                Tick();
            }
            if (_sound != null) _sound.Stop();
            Tick();
            JsonLine summary = Summary();
            _client.Dispose();
            for (Notice notice = _client.TakeNotice(); notice != null; notice = _client.TakeNotice()) Tell(notice);
            summary.Write();
        }

        private void Tick()
        {
            for (Notice notice = _client.TakeNotice(); notice != null; notice = _client.TakeNotice()) Tell(notice);
            if (MonotonicClock.NowMicros >= _nextNpcs)
            {
                _npcs = _client.Npcs;
                _nextNpcs = MonotonicClock.NowMicros + 100000;
            }
            foreach (NpcStreams npc in _npcs)
            {
                Take(npc);
                for (CueEvent cue = npc.TakeCue(); cue != null; cue = npc.TakeCue())
                {
                    new JsonLine("cue").Add("name", cue.Name).Add("npc", cue.Npc).Add("epoch", cue.Epoch).Write();
                }
            }
        }

        private void Take(NpcStreams npc)
        {
            uint known = npc.Epoch;
            Picture picture;
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool taken = npc.TakePicture(out picture);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (!taken) return;
            if (++_shown > ReceiveCounts.WarmUp)
            {
                _takesMeasured++;
                _takeAllocated += allocated;
            }
            if (picture.Header.Epoch < known) _outdatedShown++;
            if (_shown == 120) _residentFirst = Resident();
            double age = (_client.RuntimeNow - picture.Header.PublishedMicros) / 1000.0;
            if (_awaitsFirst)
            {
                _awaitsFirst = false;
                new JsonLine("first_frame").Add("seq", (long)picture.Header.Seq).Add("again", picture.Header.Again)
                    .Add("age_ms", age).Add("npc", npc.Name).Write();
            }
            if (!_stalled) return;
            _stalled = false;
            new JsonLine("stall_over").Add("frame_age_ms", age).Add("seq", (long)picture.Header.Seq).Write();
        }

        private void Tell(Notice notice)
        {
            if (notice.Kind == NoticeKind.Status)
            {
                string status = notice.Status.ToString().ToLowerInvariant();
                if (notice.Status != ClientStatus.Closed) new JsonLine("status").Add("status", status).Add("text", notice.Text).Write();
            }
            else if (notice.Kind == NoticeKind.Welcome)
            {
                Welcome welcome = notice.Welcome;
                _awaitsFirst = true;
                new JsonLine("welcome").Add("session", welcome.Session).Add("returned", welcome.Returned).Add("run", welcome.Run)
                    .Add("proto", welcome.Proto.ToString()).Write();
            }
            else if (notice.Kind == NoticeKind.Warning) new JsonLine("warning").Add("text", notice.Text).Write();
            else
            {
                PendingCommand command = notice.Command;
                if (notice.Kind == NoticeKind.Opened)
                {
                    new JsonLine("opened").Add("npc", command.Npc).Add("width", command.Result.Whole("width"))
                        .Add("height", command.Result.Whole("height")).Write();
                }
                new JsonLine("answer").Add("id", (long)command.Id).Add("type", command.Succeeded ? "done" : "failed")
                    .Add("code", command.Code).Add("command", command.Type).Add("text", command.Text).Write();
            }
        }

        private void Obey()
        {
            while (true)
            {
                string line;
                lock (_lines)
                {
                    if (_lines.Count == 0) return;
                    line = _lines.Dequeue();
                }
                try
                {
                    Obey(line);
                }
                catch (EchoException error)
                {
                    new JsonLine("warning").Add("text", error.Message).Write();
                }
                catch (Exception error)
                {
                    if (!(error is IOException || error is FormatException || error is IndexOutOfRangeException || error is InvalidCastException)) throw;
                    new JsonLine("warning").Add("text", "The line '" + line + "' cannot be obeyed: "
                        + error.Message).Write();
                }
            }
        }

        private void Obey(string line)
        {
            string[] words = line.Trim().Split(new[] { ' ' }, 2);
            string[] values = words.Length > 1 ? words[1].Split(' ') : new string[0];
            switch (words[0])
            {
                case "": break;
                case "quit": _quit = true; break;
                case "speak": Speak(values[0], int.Parse(values[1])); break;
                case "speak_text": _client.Begin(new SpeakText { Npc = _options.Npc, Text = words[1] }); break;
                case "interrupt": _client.Begin(new Interrupt { Npc = _options.Npc }); break;
                case "emotion": _client.Begin(new Emotion { Npc = _options.Npc, Name = values[0], Intensity = Number(values[1]) }); break;
                case "subscribe": _client.Subscribe(values[0]); break;
                case "pause_audio": _sound.Pause(Number(values[0])); break;
                case "command": _client.Begin((MessageMap)CoreTests.Json.Parse(words[1])); break;
                case "stall":
                    _stallUntil = MonotonicClock.NowMicros + (long)(1e6 * Number(values[0]));
                    _stalled = true;
                    break;
                default: throw new FormatException("the word is not known.");
            }
        }

        private void Speak(string file, int rate)
        {
            byte[] pcm = File.ReadAllBytes(file);
            Utterance utterance = _client.Speak(_options.Npc, rate);
            if (!utterance.Append(pcm, 0, pcm.Length / 2 * 2)) throw new FormatException("the sound is too long.");
            utterance.End();
        }

        /// <summary>Pictures alone, of an NPC or, with "", of all; `video/NPC/` is taken for the NPC.</summary>
        private void Watch(string topic)
        {
            string npc = topic.StartsWith("video/") ? topic.Substring(6).Trim('/') : topic;
            if (npc.Length == 0) _client.SubscribeAll(Topics.Video);
            else _client.Subscribe(npc, true, false);
        }

        private void ReadLines()
        {
            for (string line = Console.In.ReadLine(); line != null; line = Console.In.ReadLine())
            {
                lock (_lines) _lines.Enqueue(line);
            }
            _inputEnded = true;
        }

        private JsonLine Summary()
        {
            long frames = 0, lost = 0, heard = 0, received, taken, gaps, outdated, buffered;
            int underruns = 0;
            uint epoch;
            foreach (NpcStreams npc in _client.Npcs)
            {
                npc.Counts(out received, out taken, out gaps, out outdated);
                frames += received;
                lost += gaps;
            }
            if (_main != null) _main.VoiceCounts(out heard, out underruns, out epoch, out buffered);
            ReceiveCounts counts = _client.Counts;
            double take = _takesMeasured > 0 ? _takeAllocated / (double)_takesMeasured : 0.0;
            return new JsonLine("summary").Add("frames", frames).Add("shown", _shown).Add("lost", lost)
                .Add("old_epoch_shown", _outdatedShown).Add("old_epoch_heard_samples", _sound == null ? 0 : _sound.OutdatedHeard)
                .Add("heard_samples", heard).Add("underruns", underruns)
                .Add("p50_ms", counts.Latency(0.5)).Add("p99_ms", counts.Latency(0.99)).Add("max_ms", counts.Latency(1.0))
                .Add("alloc_bytes_per_frame", counts.AllocatedPerPicture + take)
                .Add("resident_bytes_first", _residentFirst > 0 ? _residentFirst : Resident()).Add("resident_bytes_last", Resident())
                .Add("malformed", counts.Malformed).Add("unknown", counts.Unknown).Add("last_malformed", counts.LastMalformed);
        }

        private static long Resident()
        {
            using (Process process = Process.GetCurrentProcess()) return process.WorkingSet64;
        }

        private static double Number(string text)
        {
            return double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
