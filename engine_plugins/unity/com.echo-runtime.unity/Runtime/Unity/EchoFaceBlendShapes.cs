using UnityEngine;

namespace EchoRuntime.Components
{
    /// <summary>
    /// The NPC's face as blend shapes, with the head's and the eyes' rotation on bones. Written in LateUpdate, after
    /// animations: it owns the shapes that it drives. Main thread.
    /// </summary>
    [AddComponentMenu("Echo Runtime/Echo Face Blend Shapes")]
    public sealed class EchoFaceBlendShapes : MonoBehaviour
    {
        /// <summary>Unity's weight of a shape that is fully shown.</summary>
        private const float Full = 100f;

        [Tooltip("Empty: the EchoNpc of this object or of a parent.")]
        [SerializeField] private EchoNpc npc;
        [Tooltip("Empty: all skinned meshes below this object.")]
        [SerializeField] private SkinnedMeshRenderer[] meshes = new SkinnedMeshRenderer[0];
        [Tooltip("Names and gains; empty: shapes of the coefficients' names.")]
        [SerializeField] private EchoBlendShapeMapping mapping;
        [Tooltip("Turned by the NPC's head pose; empty: none.")]
        [SerializeField] private Transform head;
        [Range(0f, 2f)]
        [SerializeField] private float headGain = 1f;
        [Tooltip("On: the pose is added to what an animation makes of the head in this frame. Off: to its rest.")]
        [SerializeField] private bool overAnimation;
        [Tooltip("What faces along its +z, as the character's root; empty: this object. Bones turn about its axes.")]
        [SerializeField] private Transform facing;
        [Tooltip("Turned by the NPC's gaze; leave empty where blend shapes move the eyes.")]
        [SerializeField] private Transform[] eyes = new Transform[0];

        private Face[] _faces = new Face[0];
        private Quaternion[] _restingEyes = new Quaternion[0];
        private Quaternion _restingHead;
        private string[] _names = new string[0];
        private int _version = -1;

        private sealed class Face
        {
            public SkinnedMeshRenderer Mesh;
            public CurveMapping Mapping;
            public float[] Weights;
        }

        /// <summary>Blend shapes that are driven, of all meshes; 0 before the first face.</summary>
        public int Driven { get; private set; }

        private void OnEnable()
        {
            if (npc == null) npc = GetComponentInParent<EchoNpc>();
            if (meshes.Length == 0) meshes = GetComponentsInChildren<SkinnedMeshRenderer>(true);
            if (npc == null) EchoLog.Error("'" + name + "' moves no face: give its EchoFaceBlendShapes an EchoNpc.", this);
            if (head != null) _restingHead = head.localRotation;
            _restingEyes = System.Array.ConvertAll(eyes, eye => eye == null ? Quaternion.identity : eye.localRotation);
            _names = new string[0];
        }

        private void OnDisable()
        {
            foreach (Face face in _faces) Rest(face);
            _faces = new Face[0];
            if (head != null && !overAnimation) head.localRotation = _restingHead;
            for (int i = 0; i < eyes.Length && i < _restingEyes.Length; i++)
            {
                if (eyes[i] != null) eyes[i].localRotation = _restingEyes[i];
            }
        }

        private void LateUpdate()
        {
            NpcSession session = npc == null ? null : npc.Session;
            if (session == null || !session.HasFace || session.CurveNames.Length == 0) return;
            if (_names != session.CurveNames || mapping != null && mapping.Version != _version) Match(session.CurveNames);
            for (int i = 0; i < _faces.Length; i++) Write(_faces[i], session);
            Turn(session);
        }

        private void Turn(NpcSession session)
        {
            Quaternion front = (facing == null ? transform : facing).rotation;
            Quaternion turn = Quaternion.SlerpUnclamped(Quaternion.identity, UnityAxes.Rotation(session.Head), headGain);
            if (head != null)
            {
                head.localRotation = UnityAxes.Turned(head, overAnimation ? head.localRotation : _restingHead, front, turn);
                front = front * turn; // the eyes' axes go with the head
            }
            for (int i = 0; i < eyes.Length; i++)
            {
                if (eyes[i] == null) continue;
                eyes[i].localRotation = UnityAxes.Turned(eyes[i], _restingEyes[i], front, UnityAxes.Gaze(session.Gaze));
            }
        }

        private void Match(string[] names)
        {
            foreach (Face face in _faces) Rest(face);
            _names = names;
            _version = mapping == null ? -1 : mapping.Version;
            CurveRule[] rules = mapping == null ? new CurveRule[0] : mapping.Rules();
            _faces = new Face[meshes.Length];
            Driven = 0;
            for (int i = 0; i < meshes.Length; i++)
            {
                Mesh mesh = meshes[i] == null ? null : meshes[i].sharedMesh;
                var shapes = new string[mesh == null ? 0 : mesh.blendShapeCount];
                for (int k = 0; k < shapes.Length; k++) shapes[k] = mesh.GetBlendShapeName(k);
                _faces[i] = new Face
                {
                    Mesh = meshes[i], Mapping = new CurveMapping(names, shapes, rules), Weights = new float[shapes.Length],
                };
                Driven += _faces[i].Mapping.Driven;
            }
            if (Driven > 0) return;
            EchoLog.Error("No mesh of '" + name + "' has a blend shape that a coefficient names: give it a mapping, or a mesh with blend shapes.", this);
        }

        private static void Write(Face face, NpcSession session)
        {
            if (face.Mesh == null) return;
            face.Mapping.Apply(session.Values, session.Count, face.Weights);
            for (int i = 0; i < face.Weights.Length; i++)
            {
                if (face.Mapping.Drives(i)) face.Mesh.SetBlendShapeWeight(i, Full * face.Weights[i]);
            }
        }

        private static void Rest(Face face)
        {
            if (face.Mesh == null) return;
            for (int i = 0; i < face.Weights.Length; i++)
            {
                if (face.Mapping.Drives(i)) face.Mesh.SetBlendShapeWeight(i, 0f);
            }
        }
    }
}
