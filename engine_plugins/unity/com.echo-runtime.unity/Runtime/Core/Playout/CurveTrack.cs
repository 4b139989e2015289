using System;

namespace EchoRuntime
{
    /// <summary>
    /// The last coefficients by time, and what lies between them: linear values, rotations on the shorter arc. Before the
    /// first and after the last, the nearest holds. A pure data structure; times are microseconds on the runtime's clock.
    /// Allocates only while it grows. Not for several threads at once.
    /// </summary>
    public sealed class CurveTrack
    {
        private sealed class Sample
        {
            public long Pts;
            public float[] Values = new float[0];
            public int Count;
            public Rotation Head;
            public Position Position;
            public Gaze Gaze;
        }

        private readonly Sample[] _ring;
        private int _first;

        public CurveTrack(int size = 64)
        {
            _ring = new Sample[size];
        }

        public int Count { get; private set; }

        public uint Epoch { get; private set; }

        /// <summary>Copies one face in. False for a lower epoch, or a time not after the last.</summary>
        public bool Push(long ptsMicros, float[] values, int count, Rotation head, Position position, Gaze gaze, uint epoch)
        {
            if (epoch < Epoch || epoch == Epoch && Count > 0 && ptsMicros <= At(Count - 1).Pts) return false;
            if (epoch > Epoch)
            {
                Epoch = epoch;
                while (Count > 0 && At(Count - 1).Pts >= ptsMicros) Count--; // what an interrupt has outdated
            }
            if (Count == _ring.Length)
            {
                _first = (_first + 1) % _ring.Length;
                Count--;
            }
            int place = (_first + Count) % _ring.Length;
            Sample sample = _ring[place] ?? (_ring[place] = new Sample());
            if (sample.Values.Length < count) sample.Values = new float[count];
            Array.Copy(values, sample.Values, count);
            sample.Count = count;
            sample.Pts = ptsMicros;
            sample.Head = head;
            sample.Position = position;
            sample.Gaze = gaze;
            Count++;
            return true;
        }

        /// <summary>
        /// The face at an instant; false while there is none. Writes at most `into.Length` values and says in `count`
        /// how many there are.
        /// </summary>
        public bool At(long timeMicros, float[] into, out int count, out Rotation head, out Position position, out Gaze gaze)
        {
            count = 0;
            head = Rotation.Identity;
            position = new Position();
            gaze = new Gaze();
            if (Count == 0) return false;
            int after = Count; // the first sample later than the instant; the newest ones are asked for
            while (after > 0 && At(after - 1).Pts > timeMicros) after--;
            Sample a = At(Math.Max(after - 1, 0)), b = At(Math.Min(after, Count - 1));
            double share = a == b ? 0.0 : (timeMicros - a.Pts) / (double)(b.Pts - a.Pts);
            count = Math.Min(a.Count, b.Count);
            for (int i = 0; i < count && i < into.Length; i++)
            {
                into[i] = a.Values[i] + (float)share * (b.Values[i] - a.Values[i]);
            }
            head = a == b ? a.Head : Interpolation.Slerp(a.Head, b.Head, share);
            position = Interpolation.Between(a.Position, b.Position, share);
            gaze = new Gaze(
                a.Gaze.Yaw + share * (b.Gaze.Yaw - a.Gaze.Yaw), a.Gaze.Pitch + share * (b.Gaze.Pitch - a.Gaze.Pitch));
            return true;
        }

        /// <summary>Forgets everything, epochs too: another run of the runtime.</summary>
        public void Reset()
        {
            Count = 0;
            Epoch = 0;
        }

        private Sample At(int index)
        {
            return _ring[(_first + index) % _ring.Length];
        }
    }

    /// <summary>Between two poses.</summary>
    public static class Interpolation
    {
        /// <summary>From unit quaternion `a` (share 0) to `b` (share 1) at constant speed, on the shorter arc.</summary>
        public static Rotation Slerp(Rotation a, Rotation b, double share)
        {
            a = Unit(a);
            b = Unit(b);
            double cosine = a.X * b.X + a.Y * b.Y + a.Z * b.Z + a.W * b.W;
            if (cosine < 0.0)
            {
                b = new Rotation(-b.X, -b.Y, -b.Z, -b.W);
                cosine = -cosine;
            }
            double angle = Math.Acos(Math.Min(cosine, 1.0)), p = 1.0 - share, q = share;
            if (angle >= 1e-4) // below, the sines would divide zero by zero
            {
                p = Math.Sin(p * angle) / Math.Sin(angle);
                q = Math.Sin(q * angle) / Math.Sin(angle);
            }
            return Unit(new Rotation(p * a.X + q * b.X, p * a.Y + q * b.Y, p * a.Z + q * b.Z, p * a.W + q * b.W));
        }

        public static Position Between(Position a, Position b, double share)
        {
            return new Position(a.X + share * (b.X - a.X), a.Y + share * (b.Y - a.Y), a.Z + share * (b.Z - a.Z));
        }

        private static Rotation Unit(Rotation q)
        {
            double length = Math.Sqrt(q.X * q.X + q.Y * q.Y + q.Z * q.Z + q.W * q.W);
            return new Rotation(q.X / length, q.Y / length, q.Z / length, q.W / length);
        }
    }
}
