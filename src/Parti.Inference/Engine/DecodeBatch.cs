using Parti.Inference.Execution;
using Parti.Inference.Scheduling;

namespace Parti.Inference.Engine;

/// <summary>
/// What the next decode step of one lane of a model feeds: one position of every running sequence, and several of one sequence whose tokens are
/// given. Only one sequence a step is ahead of the others, so that no step is longer than a bound.
/// </summary>
/// <param name="model">Name of the model.</param>
/// <param name="slots">Images that can be sampled at the same time.</param>
/// <param name="positionsPerStep">Positions that one sequence may take.</param>
/// <param name="lane">The lane, 0 to <paramref name="lanes"/> − 1; neighbouring slots are in different ones, so that few images fill all.</param>
/// <param name="lanes">Lanes of the model.</param>
sealed class DecodeBatch(string model, int slots, int positionsPerStep, int lane = 0, int lanes = 1)
{
    readonly DecodeInput[] _inputs = new DecodeInput[(slots + lanes - 1) / lanes + positionsPerStep - 1];
    readonly Sequence[] _sequences = new Sequence[(slots + lanes - 1) / lanes];
    readonly int[] _lengths = new int[(slots + lanes - 1) / lanes];
    int _inputCount, _sequenceCount;

    /// <summary>The lane.</summary>
    public int Lane => lane;

    /// <summary>Whether the step was begun and not completed.</summary>
    public bool IsUnderWay { get; set; }

    /// <summary>Inputs of the step.</summary>
    public ReadOnlySpan<DecodeInput> Inputs => _inputs.AsSpan(0, _inputCount);

    /// <summary>Sequences of the step.</summary>
    public ReadOnlySpan<Sequence> Sequences => _sequences.AsSpan(0, _sequenceCount);

    /// <summary>Positions that each of them takes.</summary>
    public ReadOnlySpan<int> Lengths => _lengths.AsSpan(0, _sequenceCount);

    /// <summary>Renews the step.</summary>
    /// <param name="running">Sequences of all models, ascending slots.</param>
    public void Collect(IReadOnlyList<Sequence> running)
    {
        (_inputCount, _sequenceCount) = (0, 0);
        int most = positionsPerStep;
        for (int i = 0; i < running.Count; i++)
        {
            Sequence sequence = running[i];
            if (sequence.Status == SequenceStatus.Running && sequence.Slot % lanes == lane && sequence.Model == model)
            {
                int length = sequence.StepLength(most);
                most = length > 1 ? 1 : most;
                Add(sequence, length);
            }
        }
    }

    void Add(Sequence sequence, int length)
    {
        for (int position = sequence.Position; position < sequence.Position + length; position++)
        {
            int previous = position <= 0 ? -1 : sequence.Tokens.Span[position - 1];
            _inputs[_inputCount++] = new DecodeInput(sequence.Slot, previous, position, sequence.IsGuided);
        }
        _lengths[_sequenceCount] = length;
        _sequences[_sequenceCount++] = sequence;
    }
}
