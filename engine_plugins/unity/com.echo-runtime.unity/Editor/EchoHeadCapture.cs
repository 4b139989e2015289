using System.Collections.Generic;
using System.IO;
using UnityEditor;
using UnityEngine;

namespace EchoRuntime.Editing
{
    /// <summary>
    /// Sweeps a character's blend shapes and head poses in front of a camera, and writes pictures and `capture.jsonl`, one
    /// line for each, from which an avatar can be trained. The character is put back as it was.
    /// </summary>
    internal sealed class EchoHeadCapture : EditorWindow
    {
        private SkinnedMeshRenderer _mesh;
        private Transform _head, _facing;
        private Camera _camera;
        private int _side = 512, _mixtures = 400, _seed = 1;

        [MenuItem("Window/Echo Runtime/Head Capture")]
        private static void Open()
        {
            GetWindow<EchoHeadCapture>("Echo Head Capture");
        }

        private void OnGUI()
        {
            _mesh = (SkinnedMeshRenderer)EditorGUILayout.ObjectField("Face mesh", _mesh, typeof(SkinnedMeshRenderer), true);
            _head = (Transform)EditorGUILayout.ObjectField("Head bone", _head, typeof(Transform), true);
            _facing = (Transform)EditorGUILayout.ObjectField("Character's root", _facing, typeof(Transform), true);
            _camera = (Camera)EditorGUILayout.ObjectField("Camera", _camera, typeof(Camera), true);
            _side = EditorGUILayout.IntField("Pixels a side", _side);
            _mixtures = EditorGUILayout.IntField("Mixed faces", _mixtures);
            _seed = EditorGUILayout.IntField("Seed", _seed);
            string missing = Missing();
            if (missing.Length > 0) EditorGUILayout.HelpBox(missing, MessageType.Info);
            else if (GUILayout.Button("Capture"))
            {
                string folder = EditorUtility.OpenFolderPanel("Folder for the capture", "", "");
                if (folder.Length > 0) Capture(folder);
            }
        }

        private string Missing()
        {
            if (_mesh == null || _mesh.sharedMesh == null) return "Choose the mesh of the face.";
            if (_mesh.sharedMesh.blendShapeCount == 0) return "The mesh has no blend shapes: there is nothing to sweep.";
            if (_camera == null) return "Choose a camera that looks straight at the face, with the background that the avatar shall have.";
            if (_head == null) return "Choose the head's bone.";
            if (_facing == null) return "Choose the character's root, which faces where the face does, along its +z.";
            if (_side < 64 || _side > 2048) return "Pictures have 64 to 2048 pixels a side.";
            return "";
        }

        private void Capture(string folder)
        {
            int[] shapes = Match();
            var available = new bool[shapes.Length];
            int found = 0;
            for (int i = 0; i < shapes.Length; i++)
            {
                available[i] = shapes[i] >= 0;
                if (available[i]) found++;
            }
            if (found == 0)
            {
                EditorUtility.DisplayDialog("Echo Head Capture", "No blend shape of the mesh has a name of ARKit's.", "Close");
                return;
            }
            var plan = new CapturePlan(ArkitNames.All, available, Mathf.Max(0, _mixtures), _seed);
            Quaternion resting = _head.localRotation;
            var weights = new float[_mesh.sharedMesh.blendShapeCount];
            for (int i = 0; i < weights.Length; i++) weights[i] = _mesh.GetBlendShapeWeight(i);
            var target = new RenderTexture(_side, _side, 24, RenderTextureFormat.ARGB32, RenderTextureReadWrite.sRGB);
            var picture = new Texture2D(_side, _side, TextureFormat.RGB24, false, false);
            RenderTexture before = _camera.targetTexture;
            double distance = Vector3.Distance(_camera.transform.position, _head.position);
            var lines = new List<string>();
            try
            {
                _camera.targetTexture = target;
                for (int i = 0; i < plan.Steps.Count; i++)
                {
                    if (EditorUtility.DisplayCancelableProgressBar("Echo Head Capture", i + " of " + plan.Steps.Count, i / (float)plan.Steps.Count)) break;
                    CaptureStep step = plan.Steps[i];
                    for (int k = 0; k < shapes.Length; k++)
                    {
                        if (shapes[k] >= 0) _mesh.SetBlendShapeWeight(shapes[k], 100f * step.Values[k]);
                    }
                    _head.localRotation = Components.UnityAxes.Turned(
                        _head, resting, _facing.rotation, Components.UnityAxes.Rotation(CapturePlan.Pose(step)));
                    string file = i.ToString("00000") + ".png";
                    File.WriteAllBytes(Path.Combine(folder, file), Taken(target, picture));
                    lines.Add(CaptureRecord.Line(file, ArkitNames.All, step, _camera.fieldOfView, distance, _side, _side));
                }
                File.WriteAllLines(Path.Combine(folder, "capture.jsonl"), lines.ToArray());
                Debug.Log("[Echo] " + lines.Count + " pictures of " + found + " coefficients in " + folder);
            }
            catch (IOException error)
            {
                Debug.LogError("[Echo] The capture could not be written: " + error.Message);
            }
            finally
            {
                EditorUtility.ClearProgressBar();
                _camera.targetTexture = before;
                _head.localRotation = resting;
                for (int i = 0; i < weights.Length; i++) _mesh.SetBlendShapeWeight(i, weights[i]);
                DestroyImmediate(target);
                DestroyImmediate(picture);
            }
        }

        private byte[] Taken(RenderTexture target, Texture2D picture)
        {
            _camera.Render();
            RenderTexture active = RenderTexture.active;
            RenderTexture.active = target;
            picture.ReadPixels(new Rect(0, 0, _side, _side), 0, 0);
            picture.Apply(false, false);
            RenderTexture.active = active;
            return picture.EncodeToPNG();
        }

        private int[] Match()
        {
            var shapes = new int[ArkitNames.All.Count];
            for (int i = 0; i < shapes.Length; i++)
            {
                shapes[i] = -1;
                for (int k = 0; k < _mesh.sharedMesh.blendShapeCount && shapes[i] < 0; k++)
                {
                    if (ShapeNames.Same(ArkitNames.All[i], _mesh.sharedMesh.GetBlendShapeName(k))) shapes[i] = k;
                }
            }
            return shapes;
        }
    }
}
