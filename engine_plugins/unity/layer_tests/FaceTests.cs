using System;
using System.Collections.Generic;
using EchoRuntime.CoreTests;

namespace EchoRuntime.LayerTests
{
    /// <summary>How a face lands on a character: names, gains, axes, the projection, the texture.</summary>
    internal static class FaceTests
    {
        private static readonly CurveRule[] NoRules = new CurveRule[0];

        public static void Add(Suite suite)
        {
            suite.Add("face/names: makers' spellings", Names);
            suite.Add("face/mapping: by name, whatever the order", ByName);
            suite.Add("face/mapping: gains, offsets, sums, cuts", Gains);
            suite.Add("face/mapping: a mesh without blend shapes drives nothing", NoShapes);
            suite.Add("face/axes: mirrored and back, a look to the picture's right", Axes);
            suite.Add("face/projection: the centre, the edges, a turned head", Projection);
            suite.Add("face/surface: size and format in the middle of it", Surface);
            suite.Add("face/capture: the plan is the same for a seed, and covers every shape", Capture);
        }

        private static void Names()
        {
            foreach (string shape in new[]
            {
                "eyeBlinkLeft", "EyeBlinkLeft", "eyeBlink_L", "blendShape1.eyeBlinkLeft", "Face_eyeBlinkLeft", "eye_blink_left",
                "Head.eyeBlink_L", "ARKit-eyeBlinkLeft",
            })
            {
                Check.That(ShapeNames.Same("eyeBlinkLeft", shape), "eyeBlinkLeft is " + shape);
            }
            foreach (string shape in new[] { "eyeBlinkRight", "eyeBlink_R", "", "Left", "fakeyeBlinkLeft" })
            {
                Check.That(!ShapeNames.Same("eyeBlinkLeft", shape), "eyeBlinkLeft is not '" + shape + "'");
            }
        }

        private static void ByName()
        {
            var shapes = new[] { "hat", "Face_mouthSmile_L", "jawOpen" };
            var mapping = new CurveMapping(new[] { "jawOpen", "mouthSmileLeft", "tongueOut" }, shapes, NoRules);
            var weights = new[] { 0.7f, 9f, 9f };
            mapping.Apply(new[] { 0.25f, 0.5f, 1f }, 3, weights);
            Check.Same(0.7f, weights[0], "what is not driven is left alone");
            Check.Same(0.5f, weights[1], "smile");
            Check.Same(0.25f, weights[2], "jaw");
            Check.Same(2, mapping.Driven, "driven");
            Check.Same(1, mapping.Unmatched.Count, "unmatched");
            Check.Same("tongueOut", mapping.Unmatched[0], "its name");
            mapping.Apply(new[] { 0.25f }, 1, weights);
            Check.Same(0f, weights[1], "a frame with fewer values rests");
        }

        private static void Gains()
        {
            var rules = new[]
            {
                new CurveRule { Curve = "jawOpen", Shape = "open", Gain = 2f },
                new CurveRule { Curve = "mouthClose", Shape = "open", Gain = -1f },
                new CurveRule { Curve = "eyeBlinkLeft", Shape = "lid", Gain = 0f, Offset = 0.25f },
            };
            var mapping = new CurveMapping(
                new[] { "jawOpen", "mouthClose", "eyeBlinkLeft", "cheekPuff" }, new[] { "open", "lid", "cheekPuff" }, rules);
            var weights = new float[3];
            mapping.Apply(new[] { 0.4f, 0.3f, 1f, 1f }, 4, weights);
            Check.Near(0.5, weights[0], 1e-6, "two coefficients on one shape");
            Check.Near(0.25, weights[1], 1e-6, "offset");
            Check.Same(0f, weights[2], "with rules, only what they name is driven");
            mapping.Apply(new[] { 0.9f, 0f, 0f, 0f }, 4, weights);
            Check.Same(1f, weights[0], "cut above");
            mapping.Apply(new[] { 0f, 0.9f, 0f, 0f }, 4, weights);
            Check.Same(0f, weights[0], "cut below");
        }

        private static void NoShapes()
        {
            var mapping = new CurveMapping(new[] { "jawOpen" }, new string[0], NoRules);
            Check.Same(0, mapping.Driven, "driven");
            mapping.Apply(new[] { 1f }, 1, new float[0]);
        }

        private static void Axes()
        {
            var rotation = new Rotation(0.1, 0.2, 0.3, 0.9);
            Rotation back = HeadAxes.Mirrored(HeadAxes.Mirrored(rotation));
            Check.That(back.X == rotation.X && back.Y == rotation.Y && back.Z == rotation.Z, "mirrored twice");
            // a character faces +z with its left at −x; the picture's right is its left
            double[] look = Turned(HeadAxes.OfGaze(new Gaze(0.3, 0.0)), 0, 0, 1);
            Check.Near(-Math.Sin(0.3), look[0], 1e-9, "yaw to the picture's right turns to −x");
            Check.Near(Math.Cos(0.3), look[2], 1e-9, "and stays in front");
            look = Turned(HeadAxes.OfGaze(new Gaze(0.0, 0.2)), 0, 0, 1);
            Check.Near(Math.Sin(0.2), look[1], 1e-9, "positive pitch looks up");
        }

        private static void Projection()
        {
            var matrix = new float[16];
            const double Fov = 0.5, Distance = 1.2;
            FaceProjection.Matrix(Fov, Distance, 1.0, Rotation.Identity, new Position(), matrix);
            double half = Distance * Math.Tan(Fov / 2);
            Seen(matrix, 0, 0, 0, 0.5, 0.5, "the centre");
            Seen(matrix, 0, half, 0, 0.5, 1.0, "the top");
            Seen(matrix, -half, 0, 0, 1.0, 0.5, "the subject's left, at the picture's right");
            Seen(matrix, 0, half * 0.5, 0.6, 0.5, 1.0, "nearer is larger");
            FaceProjection.Matrix(Fov, Distance, 2.0, Rotation.Identity, new Position(0.1, 0, 0), matrix);
            Seen(matrix, 0, 0, 0, 0.5 + 0.1 / (4 * half), 0.5, "moved to the picture's right, in a wide picture");
            // positive yaw turns the face to the picture's right: the nose goes there
            FaceProjection.Matrix(Fov, Distance, 1.0, new Rotation(0, Math.Sin(0.2), 0, Math.Cos(0.2)), new Position(), matrix);
            double nose = 0.1 * Math.Sin(0.4), depth = Distance - 0.1 * Math.Cos(0.4);
            Seen(matrix, 0, 0, 0.1, 0.5 + 0.5 * nose / (depth * Math.Tan(Fov / 2)), 0.5, "the nose of a turned head");
            FaceProjection.Matrix(Fov, Distance, 1.0, new Rotation(Math.Sin(0.1), 0, 0, Math.Cos(0.1)), new Position(), matrix);
            double[] chin = At(matrix, 0, 0, 0.1);
            Check.That(chin[1] < 0.5, "positive pitch lowers the nose");
            var random = new Random(5);
            for (int i = 0; i < 100; i++)
            {
                var head = new Rotation(random.NextDouble() - 0.5, random.NextDouble() - 0.5, random.NextDouble() - 0.5, 1);
                double norm = Math.Sqrt(head.X * head.X + head.Y * head.Y + head.Z * head.Z + 1);
                head = new Rotation(head.X / norm, head.Y / norm, head.Z / norm, 1 / norm);
                double x = 0.2 * random.NextDouble() - 0.1, y = 0.2 * random.NextDouble() - 0.1, z = 0.2 * random.NextDouble() - 0.1;
                double[] turned = Turned(head, -x, y, z); // in the protocol's axes
                turned[0] += 0.03;
                turned[1] -= 0.02;
                turned[2] += 0.05;
                FaceProjection.Matrix(Fov, Distance, 1.5, head, new Position(0.03, -0.02, 0.05), matrix);
                double reach = 2 * (Distance - turned[2]) * Math.Tan(Fov / 2);
                Seen(matrix, x, y, z, 0.5 + turned[0] / (1.5 * reach), 0.5 + turned[1] / reach, "any point of any pose");
            }
            Check.That(!FaceProjection.Known(new Video()) && FaceProjection.Known(new Video { CameraFov = 0.4, CameraDistance = 1 }), "known");
        }

        private static void Surface()
        {
            var surface = new PictureSurface();
            var small = new Video { Width = 2, Height = 2, Stride = 8, Format = "bgra8" };
            Check.That(surface.Changed(small), "the first needs a texture");
            Check.That(!surface.Changed(small), "the same size does not");
            Check.That(surface.Changed(new Video { Width = 4, Height = 2, Stride = 16, Format = "bgra8" }), "another size");
            Check.That(surface.Changed(new Video { Width = 4, Height = 2, Stride = 16, Format = "rgba8" }), "another format");
            Check.Same(3, surface.Made, "made");
            var picture = new Picture { Length = 32 };
            picture.Scratch.Format = "rgba8";
            Check.That(surface.Fits(picture, 32) && !surface.Fits(picture, 16), "bytes of the texture");
            picture.Length = 16;
            Check.That(!surface.Fits(picture, 16), "bytes of the picture");
            Check.That(surface.Changed(small), "and back");
            var into = new byte[16];
            surface.CopySwapped(new byte[] { 1, 2, 3, 4, 0, 0, 0, 0, 9, 8, 7, 6, 0, 0, 0, 0 }, into, true);
            Check.Same(3, (int)into[8], "red of the top row, now the upper one in a bottom-up texture");
            Check.Same(1, (int)into[10], "blue");
            Check.Same(7, (int)into[0], "the bottom row first");
            surface.Forget();
            Check.That(surface.Changed(small), "a destroyed texture is made again");
        }

        /// <summary>As the tests of the Unreal plugin expect it too: whoever trains an avatar need not know the engine.</summary>
        private const string StartOfALine =
            "{\"picture\": \"a\\\"b.png\", \"width\": 512, \"height\": 512, \"fov_deg\": 20, \"distance_m\": 0.9, "
            + "\"head\": [0, 0, 0, 1], \"position\": [0, 0, 0], \"gaze\": [0, 0], \"curves\": \"arkit52\", \"values\": {";

        private static void Capture()
        {
            IList<string> names = ArkitNames.All;
            Check.Same(52, names.Count, "names");
            var available = new bool[52];
            available[3] = available[17] = true;
            var plan = new CapturePlan(names, available, 20, 7);
            var again = new CapturePlan(names, available, 20, 7);
            Check.Same(plan.Steps.Count, again.Steps.Count, "steps");
            float most = 0f, missing = 0f;
            for (int i = 0; i < plan.Steps.Count; i++)
            {
                CaptureStep step = plan.Steps[i];
                Check.Same(step.Yaw, again.Steps[i].Yaw, "yaw of " + i);
                for (int k = 0; k < 52; k++)
                {
                    Check.Same(step.Values[k], again.Steps[i].Values[k], "value");
                    if (available[k]) most = Math.Max(most, step.Values[k]);
                    else missing = Math.Max(missing, step.Values[k]);
                }
            }
            Check.Same(1f, most, "the fullest");
            Check.Same(0f, missing, "what the character lacks");
            var record = (MessageMap)Json.Parse(CaptureRecord.Line("a\"b.png", names, plan.Steps[2], 30, 1.1, 512, 512));
            Check.Same("a\"b.png", record.Text("picture"), "picture");
            Check.Same(52, record.Map("values").Count, "values");
            Check.Near(30, record.Real("fov_deg", record.Whole("fov_deg")), 0, "fov");
            var half = new CaptureStep { Values = new float[52] };
            half.Values[names.IndexOf("jawOpen")] = 0.5f;
            string line = CaptureRecord.Line("a\"b.png", names, half, 20, 0.9, 512, 512);
            Check.That(line.StartsWith(StartOfALine), line);
            Check.That(line.Contains("\"jawOpen\": 0.5") && line.Contains("\"eyeBlinkLeft\": 0") && line.EndsWith("}}"), line);
            var turned = new CaptureStep { Values = new float[52], Yaw = -0.4 };
            Check.That(CaptureRecord.Line("b.png", names, turned, 20.5, 1, 64, 64).Contains("\"head\": [0, -0.198669, 0, 0.980067]"), "turned");
            Rotation pose = CapturePlan.Pose(new CaptureStep { Yaw = 0.4 });
            Check.Near(Math.Sin(0.2), pose.Y, 1e-12, "pose");
        }

        private static double[] At(float[] m, double x, double y, double z)
        {
            double w = m[12] * x + m[13] * y + m[14] * z + m[15];
            return new[] { (m[0] * x + m[1] * y + m[2] * z + m[3]) / w, (m[4] * x + m[5] * y + m[6] * z + m[7]) / w };
        }

        private static void Seen(float[] m, double x, double y, double z, double u, double v, string what)
        {
            double[] at = At(m, x, y, z);
            Check.Near(u, at[0], 1e-5, what + ": u");
            Check.Near(v, at[1], 1e-5, what + ": v");
        }

        private static double[] Turned(Rotation q, double x, double y, double z)
        {
            double tx = 2 * (q.Y * z - q.Z * y), ty = 2 * (q.Z * x - q.X * z), tz = 2 * (q.X * y - q.Y * x);
            return new[]
            {
                x + q.W * tx + q.Y * tz - q.Z * ty, y + q.W * ty + q.Z * tx - q.X * tz, z + q.W * tz + q.X * ty - q.Y * tx,
            };
        }
    }
}
