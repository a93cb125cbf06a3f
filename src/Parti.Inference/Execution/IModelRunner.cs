using Parti.Models.Text;

namespace Parti.Inference.Execution;

/// <summary>What a decode step feeds one slot at one position.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Token">The token before <paramref name="Position"/>, or −1 for the start of the image and before it.</param>
/// <param name="Position">Raster position whose token the step's logits are for; below 0 for the prompt's own, see <see cref="IModelRunner.PrefixPositions"/>.</param>
/// <param name="Guided">Whether the unconditional row is needed too; the same for all steps of an image.</param>
public readonly record struct DecodeInput(int Slot, int Token, int Position, bool Guided = true);

/// <summary>
/// One loaded model on one device, with the KV cache of all slots. Used by the engine's thread alone.
/// The logits of a slot depend on its own inputs since <see cref="Admit"/> and on nothing else, bit for bit:
/// not on other slots, its own number, or how many slots a step serves.
/// </summary>
public interface IModelRunner : IDisposable
{
    /// <summary>The model.</summary>
    ModelDescription Description { get; }

    /// <summary>Candidates per image token, V.</summary>
    int Vocabulary { get; }

    /// <summary>Turns a prompt, and the negative one if there is one, into text states.</summary>
    /// <param name="request">The prompts.</param>
    TextConditioning Encode(EncodeRequest request);

    /// <summary>Prepares a slot for a new image: its text in place, its cache empty.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="conditioning">From <see cref="Encode"/> of this model.</param>
    /// <exception cref="EngineRequestException">The conditioning does not fit this model.</exception>
    void Admit(int slot, TextConditioning conditioning);

    /// <summary>Where the words of a prompt are among its text tokens.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <returns>Words in order; null where the decoder does not attend to words, and then <see cref="Record"/> must not be called.</returns>
    IReadOnlyList<TextWord>? Words(string prompt) => null;

    /// <summary>Has the steps of a slot recorded: where its prompt's row looks in the text. Ends with the slot's next admission.</summary>
    /// <param name="slot">A slot that was admitted and not stepped.</param>
    /// <returns>The record that the steps fill.</returns>
    AttentionRecord Record(int slot) => throw new NotSupportedException("This model's steps leave nothing to record.");

    /// <summary>
    /// Positions before 0 that the slot's steps begin with: inputs of the prompt that go into the cache one step's share at a time, so that
    /// no admission holds up the pictures that run. 0 where the prompt is no prefix.
    /// </summary>
    /// <param name="slot">An admitted slot.</param>
    /// <param name="guided">Whether the unconditional row is needed too.</param>
    int PrefixPositions(int slot, bool guided) => 0;

    /// <summary>Positions of one slot that a step can take together, at least 1, so that given tokens need few steps.</summary>
    int PositionsPerStep { get; }

    /// <summary>Runs the positions of every slot named; positions of a slot must follow each other from its first, 0 or below.</summary>
    /// <param name="inputs">
    /// One input a slot, ascending slots, at least one. One of the slots may have several, one after another with ascending positions, up to
    /// <see cref="PositionsPerStep"/>.
    /// </param>
    void DecodeStep(ReadOnlySpan<DecodeInput> inputs);

    /// <summary>Micro-batches that can be under way at the same time, at least 1; slot s belongs to lane s modulo this.</summary>
    int Lanes => 1;

    /// <summary>Begins the step of a lane. <see cref="DecodeStep"/> is this and <see cref="CompleteStep"/> where there is one lane.</summary>
    /// <param name="lane">A lane whose step before was completed.</param>
    /// <param name="inputs">As of <see cref="DecodeStep"/>, all of the lane's slots.</param>
    void BeginStep(int lane, ReadOnlySpan<DecodeInput> inputs) => DecodeStep(inputs);

    /// <summary>Completes the step of a lane: its logits are there until the next call of <see cref="BeginStep"/> or this.</summary>
    /// <param name="lane">A lane that has begun a step.</param>
    /// <exception cref="EngineRequestException">Transient: another worker that holds layers was lost.</exception>
    void CompleteStep(int lane)
    {
    }

    /// <summary>Logits <c>[V]</c> of the prompt's row, from the latest step; valid until the next.</summary>
    /// <param name="slot">A slot that took part in the step; without guidance, where positions before the last are asked for.</param>
    /// <param name="back">Positions before the slot's last one of the step, from 0.</param>
    ReadOnlySpan<float> ConditionalLogits(int slot, int back = 0);

    /// <summary>Logits <c>[V]</c> of the row of the empty or negative prompt at its last position, from the latest step; valid until the next.</summary>
    /// <param name="slot">A slot that took part in the step, guided.</param>
    ReadOnlySpan<float> UnconditionalLogits(int slot);

    /// <summary>Decodes image tokens to pixels at the native size.</summary>
    /// <param name="tokens">At most the model's image tokens; missing ones are drawn neutral.</param>
    Picture Detokenize(IReadOnlyList<int> tokens);

    /// <summary>Enlarges a native-size picture.</summary>
    /// <param name="picture">A picture of the native size.</param>
    /// <param name="size">One of the model's sizes.</param>
    Picture Upscale(Picture picture, int size);

    /// <summary>Image tokens of a picture of the native size, raster order.</summary>
    /// <param name="picture">A picture of the native size.</param>
    int[] EncodePicture(Picture picture);
}

/// <summary>The models a device can serve.</summary>
public interface IModelSource
{
    /// <summary>Models by name; known without loading weights.</summary>
    IReadOnlyDictionary<string, ModelDescription> Models { get; }

    /// <summary>Loads a model; called once a model, on the engine's thread.</summary>
    /// <param name="name">A key of <see cref="Models"/>.</param>
    /// <param name="slots">Images that can be sampled at the same time.</param>
    IModelRunner Load(string name, int slots);

    /// <summary>Whether images of a model can be sampled now; not while other workers that hold layers of it are missing.</summary>
    /// <param name="name">A key of <see cref="Models"/>.</param>
    bool CanSample(string name) => true;
}
