using Parti.Inference.Execution;

namespace Parti.Inference.Tests.Engine;

/// <summary>
/// A model without mathematics, to bring the engine's loop into situations a real model cannot be brought into on demand.
/// A token's logits follow from the tokens fed to its slot, so a wrong token, position or slot changes the result.
/// </summary>
sealed class ScriptedRunner(ModelDescription description, int slots) : IModelRunner
{
    public const int Candidates = 11;

    readonly ulong[] _histories = new ulong[slots];
    readonly float[] _logits = new float[Candidates];

    public ModelDescription Description => description;

    public int Vocabulary => Candidates;

    public int PositionsPerStep { get; init; } = 1;

    /// <summary>Positions of the prompt before every image.</summary>
    public int Prefix { get; init; }

    /// <summary>Called before every step with the inputs; may throw or wait.</summary>
    public Action<DecodeInput[]> BeforeStep { get; set; } = _ => { };

    public bool IsDisposed { get; private set; }

    public TextConditioning Encode(EncodeRequest request) => request.Prompt == "broken"
        ? throw new InvalidOperationException("scripted failure")
        : new TextConditioning(description.Name, [request.Prompt.Length], 1, null, 0, 0);

    public void Admit(int slot, TextConditioning conditioning) => _histories[slot] = conditioning.States[0] >= 0
        ? (ulong)conditioning.States[0]
        : throw new EngineRequestException("invalid_conditioning", "scripted refusal");

    public int PrefixPositions(int slot, bool guided) => Prefix;

    public void DecodeStep(ReadOnlySpan<DecodeInput> inputs)
    {
        BeforeStep(inputs.ToArray());
        foreach (DecodeInput input in inputs)
        {
            _histories[input.Slot] = (_histories[input.Slot] ^ (ulong)(input.Token + 2 + 1000 * input.Position)) * 6364136223846793005UL + 1;
        }
    }

    public ReadOnlySpan<float> ConditionalLogits(int slot, int back = 0)
    {
        for (int i = 0; i < Candidates; i++)
        {
            _logits[i] = (_histories[slot] >> (i + 20)) % 16 / 4f;
        }
        return _logits;
    }

    public ReadOnlySpan<float> UnconditionalLogits(int slot) => new float[Candidates];

    public Picture Detokenize(IReadOnlyList<int> tokens) => new(1, 1, [(byte)tokens.Count, 0, 0]);

    public Picture Upscale(Picture picture, int size) => picture;

    public int[] EncodePicture(Picture picture) => [picture.Width];

    public void Dispose() => IsDisposed = true;
}

sealed class ScriptedSource(ScriptedRunner runner) : IModelSource
{
    public Func<string, Exception?> LoadFailure { get; set; } = _ => null;

    public IReadOnlyDictionary<string, ModelDescription> Models { get; } =
        new Dictionary<string, ModelDescription> { [runner.Description.Name] = runner.Description };

    public IModelRunner Load(string name, int slots) => LoadFailure(name) is { } failure ? throw failure : runner;
}
