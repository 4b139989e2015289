using System;

namespace EchoRuntime
{
    /// <summary>How much the player looks at an NPC, and when that is worth a message.</summary>
    public sealed class Attentiveness
    {
        private const double Full = 8.0 * Math.PI / 180.0, None = 40.0 * Math.PI / 180.0;
        private const double WorthSaying = 0.05;
        private const long AgainMicros = 200000;
        private double _said = -1.0;
        private long _next;

        /// <summary>1 within 8° of the line of sight, 0 beyond 40°, linear between.</summary>
        /// <param name="cosine">Of the angle between the view and the way to the NPC's head.</param>
        public static double Share(double cosine)
        {
            double angle = Math.Acos(Math.Max(-1.0, Math.Min(1.0, cosine)));
            return Math.Max(0.0, Math.Min(1.0, (None - angle) / (None - Full)));
        }

        /// <summary>True at most five times a second, when the share has changed.</summary>
        public bool WorthTelling(double share, long nowMicros)
        {
            if (nowMicros < _next || Math.Abs(share - _said) < WorthSaying) return false;
            _said = share;
            _next = nowMicros + AgainMicros;
            return true;
        }

        /// <summary>Another run of the runtime knows nothing of it.</summary>
        public void Forget()
        {
            _said = -1.0;
        }
    }
}
