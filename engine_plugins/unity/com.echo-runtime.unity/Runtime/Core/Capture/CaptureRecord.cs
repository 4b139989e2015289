using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace EchoRuntime
{
    /// <summary>
    /// One line of a head capture's `capture.jsonl`: the picture's file, the face in it and the camera it is seen with.
    /// Angles of view in degrees, metres, rotations as [x, y, z, w] in the protocol's axes.
    /// </summary>
    public static class CaptureRecord
    {
        /// <param name="fovDegrees">Full vertical angle of view.</param>
        /// <param name="distance">Metres from the camera to the head's resting position.</param>
        public static string Line(
            string picture, IList<string> names, CaptureStep step, double fovDegrees, double distance, int width, int height)
        {
            Rotation head = CapturePlan.Pose(step);
            var line = new StringBuilder("{\"picture\": \"").Append(Escaped(picture)).Append("\", \"width\": ").Append(width)
                .Append(", \"height\": ").Append(height).Append(", \"fov_deg\": ").Append(Number(fovDegrees))
                .Append(", \"distance_m\": ").Append(Number(distance)).Append(", \"head\": [").Append(Number(head.X))
                .Append(", ").Append(Number(head.Y)).Append(", ").Append(Number(head.Z)).Append(", ").Append(Number(head.W))
                .Append("], \"position\": [0, 0, 0], \"gaze\": [0, 0], \"curves\": \"arkit52\", \"values\": {");
            for (int i = 0; i < names.Count; i++)
            {
                if (i > 0) line.Append(", ");
                line.Append('"').Append(Escaped(names[i])).Append("\": ").Append(Number(step.Values[i]));
            }
            return line.Append("}}").ToString();
        }

        private static string Number(double value)
        {
            return value.ToString("0.######", CultureInfo.InvariantCulture);
        }

        private static string Escaped(string text)
        {
            var escaped = new StringBuilder();
            foreach (char c in text)
            {
                if (c == '"' || c == '\\') escaped.Append('\\');
                if (c >= ' ') escaped.Append(c);
            }
            return escaped.ToString();
        }
    }
}
