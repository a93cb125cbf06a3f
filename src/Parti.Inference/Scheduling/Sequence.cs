namespace Parti.Inference.Scheduling;

/// <summary>Where a sequence is in its life.</summary>
public enum SequenceStatus
{
    /// <summary>Accepted, without a slot.</summary>
    Waiting,

    /// <summary>Holds a slot; every decode step of its model decides one more token.</summary>
    Running,

    /// <summary>All tokens are decided.</summary>
    Finished,

    /// <summary>Given up by the caller.</summary>
    Canceled,

    /// <summary>Given up by the engine.</summary>
    Failed,
}

/// <summary>One image being sampled, or a finished one being scored.</summary>
public sealed class Sequence
{
    readonly int[] _tokens;
    readonly int _lastStepped;

    /// <summary>A waiting sequence.</summary>
    /// <param name="request">What to sample.</param>
    /// <param name="length">Image tokens of the model; all sequences of a model are equally long.</param>
    /// <param name="isScored">Whether the logits of every position are wanted, those of given tokens too.</param>
    /// <exception cref="ArgumentException">More tokens are kept or forced than the image has.</exception>
    public Sequence(SampleRequest request, int length, bool isScored = false)
    {
        if (request.KeptTokens.Count > length)
        {
            throw new ArgumentException($"{request.KeptTokens.Count} tokens are kept, but an image has {length}.", nameof(request));
        }
        if (request.ForcedTokens.Count != 0 && request.ForcedTokens.Count != length)
        {
            throw new ArgumentException($"{request.ForcedTokens.Count} tokens are forced or open, but an image has {length}.", nameof(request));
        }
        Request = request;
        _tokens = new int[length];
        IsScored = isScored;
        _lastStepped = -1;
        for (int i = 0; i < length; i++)
        {
            _tokens[i] = i < request.KeptTokens.Count ? request.KeptTokens[i] : i < request.ForcedTokens.Count ? request.ForcedTokens[i] : SampleRequest.Open;
            _lastStepped = isScored || _tokens[i] == SampleRequest.Open ? i : _lastStepped;
        }
    }

    /// <summary>What to sample.</summary>
    public SampleRequest Request { get; }

    /// <summary>Name of the model.</summary>
    public string Model => Request.Conditioning.Model;

    /// <summary>Whether a step needs its unconditional row.</summary>
    public bool IsGuided => Request.Sampling.GuidanceScale != 1;

    /// <summary>Whether the logits of every position are wanted, those of given tokens too.</summary>
    public bool IsScored { get; }

    /// <summary>Where the sequence is in its life; set by the <see cref="Scheduler"/>.</summary>
    public SequenceStatus Status { get; internal set; } = SequenceStatus.Waiting;

    /// <summary>The slot held while running, else −1.</summary>
    public int Slot { get; internal set; } = -1;

    /// <summary>
    /// Tokens decided so far, which is also the position that the next decode step decides. Below 0 while the prompt itself is read into
    /// the cache, in models that read it as a prefix.
    /// </summary>
    public int Position { get; private set; }

    /// <summary>Image tokens, raster order; valid up to <see cref="Position"/>.</summary>
    public ReadOnlyMemory<int> Tokens => _tokens;

    /// <summary>Whether the next position's token was decided by an earlier attempt: its step fills the cache, nothing is reported.</summary>
    public bool IsReplaying => Position < Request.KeptTokens.Count;

    /// <summary>Whether the next position's token is given: its step fills the cache, nothing is drawn.</summary>
    public bool IsKnown => IsGiven(Position);

    /// <summary>Whether no open or scored position is left, so that the rest needs no step.</summary>
    public bool IsDecided => Position > _lastStepped;

    /// <summary>Whether all tokens are decided.</summary>
    public bool IsComplete => Position == _tokens.Length;

    /// <summary>Begins before the image.</summary>
    /// <param name="prefix">Positions of the prompt that steps read before position 0, from 0.</param>
    /// <exception cref="InvalidOperationException">The sequence has begun.</exception>
    public void Begin(int prefix)
    {
        if (Position != 0)
        {
            throw new InvalidOperationException($"The sequence is at position {Position} and cannot begin again.");
        }
        Position = -prefix;
    }

    /// <summary>Positions that the next step can take together: those with given tokens and the first open one, up to the last that needs a step.</summary>
    /// <param name="most">At least 1.</param>
    public int StepLength(int most)
    {
        int length = 1;
        while (length < most && Position + length - 1 < _lastStepped && IsGiven(Position + length - 1))
        {
            length++;
        }
        return length;
    }

    /// <summary>Takes the given token of this position.</summary>
    /// <exception cref="InvalidOperationException">No token is given for this position.</exception>
    public void TakeKnown()
    {
        if (!IsKnown)
        {
            throw new InvalidOperationException($"No token is given for position {Position}.");
        }
        Position++;
    }

    bool IsGiven(int position) => position < 0 || (position < _tokens.Length && _tokens[position] != SampleRequest.Open);

    /// <summary>Takes a drawn token.</summary>
    /// <param name="token">Token id.</param>
    /// <exception cref="InvalidOperationException">The position's token is given or the image is complete.</exception>
    public void Append(int token)
    {
        if (IsKnown || IsComplete)
        {
            throw new InvalidOperationException($"No token can be appended at position {Position}.");
        }
        _tokens[Position++] = token;
    }
}
