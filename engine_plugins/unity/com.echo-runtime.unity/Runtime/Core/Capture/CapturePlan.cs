using System;
using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>One picture to be taken of a character.</summary>
    public sealed class CaptureStep
    {
        /// <summary>Coefficients from 0 to 1, in the order of the plan's names.</summary>
        public float[] Values;
        /// <summary>Radians, of the protocol's R = Ry(yaw) · Rx(pitch) · Rz(roll).</summary>
        public double Yaw, Pitch, Roll;
    }

    /// <summary>
    /// Which faces and poses a character is to show so that an avatar can be learned of it: the resting face, every
    /// coefficient half and full, then mixtures of a few, in front of and around the resting pose. The same seed gives the
    /// same plan.
    /// </summary>
    public sealed class CapturePlan
    {
        private const double MostYaw = 0.5, MostPitch = 0.3, MostRoll = 0.25;
        private readonly List<CaptureStep> _steps = new List<CaptureStep>();

        /// <param name="available">Which of the names the character can show; others stay 0.</param>
        public CapturePlan(IList<string> names, IList<bool> available, int mixtures, int seed)
        {
            var random = new Random(seed);
            var usable = new List<int>();
            for (int i = 0; i < names.Count; i++)
            {
                if (available[i]) usable.Add(i);
            }
            Add(names.Count, 0, 0, 0);
            for (int step = -2; step <= 2; step++)
            {
                if (step == 0) continue;
                Add(names.Count, MostYaw * step / 2, 0, 0);
                Add(names.Count, 0, MostPitch * step / 2, 0);
                Add(names.Count, 0, 0, MostRoll * step / 2);
            }
            foreach (int i in usable)
            {
                Add(names.Count, 0, 0, 0).Values[i] = 0.5f;
                Add(names.Count, 0, 0, 0).Values[i] = 1f;
            }
            for (int i = 0; i < mixtures && usable.Count > 0; i++)
            {
                CaptureStep step = Add(names.Count, Spread(random, MostYaw), Spread(random, MostPitch), Spread(random, MostRoll));
                int mixed = 1 + random.Next(Math.Min(6, usable.Count));
                for (int k = 0; k < mixed; k++) step.Values[usable[random.Next(usable.Count)]] = (float)random.NextDouble();
            }
        }

        public IList<CaptureStep> Steps
        {
            get { return _steps; }
        }

        /// <summary>The pose of a step as a rotation in the protocol's axes.</summary>
        public static Rotation Pose(CaptureStep step)
        {
            Rotation yaw = new Rotation(0, Math.Sin(step.Yaw / 2), 0, Math.Cos(step.Yaw / 2));
            Rotation pitch = new Rotation(Math.Sin(step.Pitch / 2), 0, 0, Math.Cos(step.Pitch / 2));
            Rotation roll = new Rotation(0, 0, Math.Sin(step.Roll / 2), Math.Cos(step.Roll / 2));
            return Times(Times(yaw, pitch), roll);
        }

        private CaptureStep Add(int names, double yaw, double pitch, double roll)
        {
            var step = new CaptureStep { Values = new float[names], Yaw = yaw, Pitch = pitch, Roll = roll };
            _steps.Add(step);
            return step;
        }

        private static double Spread(Random random, double most)
        {
            return most * (2 * random.NextDouble() - 1);
        }

        private static Rotation Times(Rotation a, Rotation b)
        {
            return new Rotation(
                a.W * b.X + a.X * b.W + a.Y * b.Z - a.Z * b.Y, a.W * b.Y - a.X * b.Z + a.Y * b.W + a.Z * b.X,
                a.W * b.Z + a.X * b.Y - a.Y * b.X + a.Z * b.W, a.W * b.W - a.X * b.X - a.Y * b.Y - a.Z * b.Z);
        }
    }
}
