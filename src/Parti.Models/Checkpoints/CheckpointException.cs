namespace Parti.Models.Checkpoints;

/// <summary>A model file does not fit: damaged, truncated, of another format or of other sizes than asked for.</summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Says what does not fit.</summary>
    /// <param name="message">One line that names the file, the tensor or key, what was found and what is allowed.</param>
    /// <param name="inner">What caused it, if anything.</param>
    public CheckpointException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
