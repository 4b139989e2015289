using System;

namespace EchoRuntime
{
    /// <summary>
    /// How long to wait before a process that ended is started again: 1, 2, 4, 8, 16 seconds, and after that no more.
    /// One that ran for a minute had a good start: it is counted anew. A pure data structure; times are microseconds.
    /// </summary>
    public sealed class RestartBackOff
    {
        /// <summary>Ends in a row after which it is given up.</summary>
        public const int MostEnds = 6;
        public const long GoodRunMicros = 60000000;
        private const long FirstMicros = 1000000;

        /// <summary>Ends in a row, none after a good run.</summary>
        public int Ends { get; private set; }

        /// <summary>Counts an end. False when it is to be given up; otherwise says when to start again.</summary>
        public bool Ended(long startedMicros, long nowMicros, out long againMicros)
        {
            if (nowMicros - startedMicros >= GoodRunMicros) Ends = 0;
            Ends++;
            againMicros = nowMicros + (FirstMicros << Math.Min(Ends - 1, 4));
            return Ends < MostEnds;
        }

        public void Reset()
        {
            Ends = 0;
        }
    }
}
