using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Parti.Abstractions;
using Parti.Inference;

namespace Parti.Grains.Workers;

/// <summary>
/// Answers where words drew attention. One image is replayed at a time and few may wait; the last maps are kept, so that the other words of a picture
/// cost nothing. A replay that nobody waits for any more ends. Lives on its grain's scheduler; the engine computes on its own thread.
/// </summary>
/// <param name="engine">The device's engine.</param>
/// <param name="time">The clock.</param>
internal sealed class AttentionMaps(IInferenceEngine engine, TimeProvider time)
{
    /// <summary>Images that may be replayed or wait for it.</summary>
    internal const int MostUnderWay = 4;

    /// <summary>How long a replay may wait and last; under load other images have the slots.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    private const int MostKept = 8;
    private readonly LinkedList<Replay> _replays = new();
    private Task _turn = Task.CompletedTask;

    /// <summary>The map of a word.</summary>
    /// <param name="question">Image and word.</param>
    /// <param name="cancellationToken">The asker gives up.</param>
    internal async Task<AttentionAnswer> AnswerAsync(AttentionQuestion question, CancellationToken cancellationToken)
    {
        if (!engine.Models.TryGetValue(question.Model, out ModelDescription? model) || model.Hash != question.ModelHash)
        {
            return Of(AttentionOutcome.Unsupported, $"Model {question.Model} with the weights that made this image is not served any more; make the image again.");
        }

        if (Find(question) is not { } replay)
        {
            return Of(AttentionOutcome.Busy, $"{MostUnderWay} other images are being looked at; ask again in a moment.");
        }

        try
        {
            return Answer(await replay.WaitAsync(cancellationToken), question.Word);
        }
        catch (EngineRequestException refused) when (refused.Code is "attention_unsupported" or "unsupported")
        {
            return Of(AttentionOutcome.Unsupported, refused.Message);
        }
        catch (EngineRequestException failed)
        {
            return Of(AttentionOutcome.Busy, failed.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Of(AttentionOutcome.Busy, $"No slot was free for {Patience.TotalSeconds} s; ask again when fewer images are made.");
        }
    }

    private static AttentionAnswer Answer(AttentionMap map, string word) => map.Of(word) is { } weights
        ? new() { Outcome = AttentionOutcome.Done, Side = map.Side, Weights = weights, Words = map.Vocabulary }
        : new() { Outcome = AttentionOutcome.UnknownWord, Words = map.Vocabulary };

    private static AttentionAnswer Of(AttentionOutcome outcome, string reason) => new() { Outcome = outcome, Reason = reason };

    private Replay? Find(AttentionQuestion question)
    {
        string key = KeyOf(question);
        if (_replays.FirstOrDefault(replay => replay.Key == key && !replay.IsLost) is { } known)
        {
            _replays.Remove(known);
            _replays.AddFirst(known);
            return known;
        }

        if (_replays.Count(replay => !replay.HasEnded) >= MostUnderWay)
        {
            return null;
        }

        Replay replay = new(key, time);
        Task ended = replay.BeginAsync(ReplayAsync(_turn, new(question.Model, question.Prompt, question.Tokens), replay.Stop));

        // One that is given up while it waits ends before its turn.
        _turn = Task.WhenAll(_turn, ended);
        _replays.AddFirst(replay);
        Forget();
        return replay;
    }

    private async Task<AttentionMap> ReplayAsync(Task before, AttentionRequest request, CancellationToken stop)
    {
        await before.WaitAsync(stop);
        return await engine.AttendAsync(request, stop);
    }

    private void Forget()
    {
        foreach (Replay old in _replays.Where((replay, i) => replay.HasEnded && (i >= MostKept || replay.IsLost)).ToArray())
        {
            _replays.Remove(old);
        }
    }

    private static string KeyOf(AttentionQuestion question)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(question.Tokens.AsSpan()));
        hash.AppendData(Encoding.UTF8.GetBytes(question.Prompt));
        return question.Model + Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>One image's replay and those who wait for it.</summary>
    private sealed class Replay(string key, TimeProvider time) : IDisposable
    {
        private readonly CancellationTokenSource _stop = new(Patience, time);
        private Task<AttentionMap> _map = Task.FromCanceled<AttentionMap>(new(canceled: true));
        private int _waiting;
        private bool _givenUp;

        internal string Key => key;

        internal CancellationToken Stop => _stop.Token;

        internal bool HasEnded => _map.IsCompleted;

        /// <summary>Whether there will be no map; the next asker begins anew.</summary>
        internal bool IsLost => (_givenUp || _map.IsCompleted) && !_map.IsCompletedSuccessfully;

        /// <summary>Takes the replay, which has begun.</summary>
        /// <returns>Its end, with a map or without.</returns>
        internal async Task BeginAsync(Task<AttentionMap> map)
        {
            _map = map;
            await ((Task)map).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            Dispose();
        }

        internal async Task<AttentionMap> WaitAsync(CancellationToken cancellationToken)
        {
            _waiting++;
            try
            {
                return await _map.WaitAsync(cancellationToken);
            }
            finally
            {
                if (--_waiting == 0 && !_map.IsCompleted)
                {
                    _givenUp = true;
                    await _stop.CancelAsync();
                }
            }
        }

        public void Dispose() => _stop.Dispose();
    }
}
