using Parti.Inference.Execution;
using Parti.Inference.Sampling;
using Parti.Inference.Scheduling;

namespace Parti.Inference.Engine;

/// <summary>A model that can be stepped.</summary>
/// <param name="runner">Its networks.</param>
/// <param name="slots">Images that can be sampled at the same time.</param>
sealed class LoadedModel(IModelRunner runner, int slots) : IDisposable
{
    readonly TokenSampler _sampler = new(runner.Vocabulary);

    /// <summary>Its networks.</summary>
    public IModelRunner Runner => runner;

    /// <summary>Its micro-batches.</summary>
    public DecodeBatch[] Lanes { get; } =
        [.. Enumerable.Range(0, runner.Lanes).Select(lane => new DecodeBatch(runner.Description.Name, slots, runner.PositionsPerStep, lane, runner.Lanes))];

    /// <summary>Refuses given tokens that the model does not have.</summary>
    /// <exception cref="EngineRequestException"><c>invalid_tokens</c>: one is out of range.</exception>
    public void RequireTokens(Sequence sequence)
    {
        RequireTokens("Kept", sequence.Request.KeptTokens, 0);
        RequireTokens(sequence.IsScored ? "Scored" : "Forced", sequence.Request.ForcedTokens, sequence.IsScored ? 0 : SampleRequest.Open);
    }

    /// <summary>Draws the token of a sequence's position from the latest step.</summary>
    public int Draw(Sequence sequence) => _sampler.Sample(
        runner.ConditionalLogits(sequence.Slot),
        sequence.IsGuided ? runner.UnconditionalLogits(sequence.Slot) : [],
        sequence.Request.Sampling,
        new TokenDraw(sequence.Request.Seed, sequence.Request.ImageIndex, sequence.Position));

    /// <summary>How likely the token of a sequence's position is under its prompt, from the latest step, in nats.</summary>
    /// <param name="sequence">A scored sequence.</param>
    /// <param name="back">Positions before the last one of the step.</param>
    public double Likelihood(Sequence sequence, int back) =>
        TokenLikelihood.Of(runner.ConditionalLogits(sequence.Slot, back), sequence.Tokens.Span[sequence.Position]);

    /// <inheritdoc />
    public void Dispose() => runner.Dispose();

    void RequireTokens(string what, IReadOnlyList<int> tokens, int least)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            if (tokens[i] < least || tokens[i] >= runner.Vocabulary)
            {
                throw new EngineRequestException(
                    "invalid_tokens", $"{what} token {i} is {tokens[i]}; tokens of this model are 0 to {runner.Vocabulary - 1}.");
            }
        }
    }
}

/// <summary>The models of one engine, each loaded when first needed. Belongs to the engine's thread.</summary>
sealed class LoadedModels(IModelSource source, int slots) : IDisposable
{
    readonly Dictionary<string, LoadedModel> _loaded = [];

    /// <summary>What is loaded.</summary>
    public Dictionary<string, LoadedModel>.ValueCollection All => _loaded.Values;

    /// <summary>A model, loaded if it is not yet.</summary>
    /// <exception cref="EngineRequestException"><c>model_unavailable</c>: it cannot be loaded.</exception>
    public LoadedModel Load(string name)
    {
        if (_loaded.TryGetValue(name, out LoadedModel? model))
        {
            return model;
        }
        try
        {
            model = new LoadedModel(source.Load(name, slots), slots);
        }
        catch (Exception error)
        {
            throw new EngineRequestException("model_unavailable", $"Model {name} cannot be loaded: {error.Message}", error);
        }
        _loaded.Add(name, model);
        return model;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (LoadedModel model in _loaded.Values)
        {
            model.Dispose();
        }
        _loaded.Clear();
    }
}
