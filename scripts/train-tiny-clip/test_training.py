"""Unit tests of the training folder: `./run.sh test`. Fast, without data or network."""

import random
import unittest
from collections import Counter

import numpy as np
import torch

from augment import augment, on_white
from bpe import Tokenizer, learn
from captions import colour_name, natural, with_article
from config import IMAGE_SIZE, Model, Training
from export import quantise
from metrics import auc, chance_of_hit, measure, recall
from model import TinyClip
from train import contrastive_loss, learning_rate
from words import concept_key, singular

TEXTS = Counter({"a red apple": 9, "a green apple": 7, "一只狗": 3, "two red dogs": 4})


class Words(unittest.TestCase):
    def test_plural_and_article_make_no_new_concept(self) -> None:
        self.assertEqual(concept_key("The 2 Cats"), concept_key("a cat"))
        self.assertEqual([singular(w) for w in ("berries", "boxes", "glass", "bus")], ["berry", "box", "glass", "bus"])

    def test_captions_read_naturally(self) -> None:
        self.assertEqual(with_article("owl"), "an owl")
        self.assertEqual(with_article("grapes"), "grapes")
        self.assertEqual(natural("flag, chad"), "flag of chad")

    def test_colour_names_follow_the_hue_circle(self) -> None:
        hues = [(0, "red"), (30, "orange"), (55, "yellow"), (120, "green"), (220, "blue"), (275, "purple"), (320, "pink")]
        self.assertEqual([colour_name(h, 0.5, 0.9) for h, _ in hues], [n for _, n in hues])
        self.assertEqual(colour_name(25, 0.25, 0.6), "brown")


class Bpe(unittest.TestCase):
    def setUp(self) -> None:
        self.tokenizer = Tokenizer(learn(TEXTS, 560))

    def test_frequent_words_become_one_piece(self) -> None:
        ids = self.tokenizer.encode("A RED apple")
        self.assertEqual(len(ids), 5)
        self.assertEqual((ids[0], ids[-1]), (self.tokenizer.start, self.tokenizer.end))

    def test_pieces_spell_the_text_again(self) -> None:
        by_id = {i: p for p, i in self.tokenizer.vocabulary.items()}
        word = "".join(by_id[i] for i in self.tokenizer.encode("zebra")[1:-1])
        self.assertEqual(word, "zebra</w>")

    def test_long_text_keeps_the_end_token(self) -> None:
        ids = self.tokenizer.encode("q " * 100)
        self.assertEqual((len(ids), ids[-1]), (32, self.tokenizer.end))


class Towers(unittest.TestCase):
    def setUp(self) -> None:
        torch.manual_seed(1)
        self.model = TinyClip(Model(), 600, 3).eval()

    def test_padding_has_no_influence(self) -> None:
        ids = torch.tensor([[1, 5, 6, 2]])
        padded = torch.tensor([[1, 5, 6, 2, 9, 9, 9]])
        mask = torch.tensor([[1, 1, 1, 1, 0, 0, 0]])
        with torch.no_grad():
            plain, longer = self.model.text(ids, torch.ones_like(ids)), self.model.text(padded, mask)
        # Sums over a different number of terms round differently: a few float32 steps of values near 1.
        self.assertLess((plain - longer).abs().max().item(), 5e-6)

    def test_image_embedding_is_the_mean_of_its_patches(self) -> None:
        with torch.no_grad():
            image, _, patches = self.model.vision(torch.rand(2, 3, IMAGE_SIZE, IMAGE_SIZE))
        self.assertEqual(patches.shape, (2, 36, 256))
        self.assertTrue(torch.equal(image, patches.mean(1)))

    def test_smaller_pictures_give_fewer_patches(self) -> None:
        with torch.no_grad():
            self.assertEqual(self.model.vision(torch.rand(1, 3, 64, 64))[2].shape, (1, 16, 256))


class Loss(unittest.TestCase):
    def test_equals_the_textbook_form_with_one_positive(self) -> None:
        images, texts = torch.eye(3), torch.eye(3)
        expected = -torch.log(torch.e**torch.tensor(2.0) / (torch.e**torch.tensor(2.0) + 2))
        found = contrastive_loss(images, texts, torch.tensor(2.0), torch.eye(3, dtype=torch.bool), 0.0)
        self.assertAlmostEqual(found.item(), expected.item(), places=6)

    def test_two_positives_share_the_target(self) -> None:
        rows = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
        found = contrastive_loss(rows, rows, torch.tensor(5.0), torch.ones(2, 2, dtype=torch.bool), 0.0)
        self.assertAlmostEqual(found.item(), np.log(2), places=6)

    def test_learning_rate_rises_stays_and_falls(self) -> None:
        settings = Training()
        values = [learning_rate(e, settings) for e in (0, 1, settings.epochs - settings.decay_epochs, settings.epochs)]
        self.assertLess(values[0], 0.02 * settings.learning_rate)
        self.assertEqual(values[1:3], [settings.learning_rate] * 2)
        self.assertAlmostEqual(values[3], 0.02 * settings.learning_rate)


class Pictures(unittest.TestCase):
    def test_transparent_pixels_become_white(self) -> None:
        clear = torch.zeros(1, 8, 8, 4, dtype=torch.uint8)
        self.assertTrue((on_white(clear) == 1).all())

    def test_augmentation_is_seeded_and_stays_in_range(self) -> None:
        pixels = torch.randint(0, 255, (6, IMAGE_SIZE, IMAGE_SIZE, 4), dtype=torch.uint8)
        flags = torch.tensor([True, False] * 3)
        results = []
        for _ in range(2):
            torch.manual_seed(3)
            results.append(augment(pixels, 64, 0.5, flags, flags))
        self.assertTrue(torch.equal(*results))
        self.assertEqual(results[0].shape, (6, 3, 64, 64))
        self.assertLessEqual(results[0].abs().max().item(), 1.0)


class Export(unittest.TestCase):
    def test_int8_is_within_half_a_step_on_every_channel(self) -> None:
        weights = np.random.default_rng(0).normal(size=(7, 5, 3, 3)) * np.arange(1, 8).reshape(-1, 1, 1, 1)
        integers, scales = quantise(weights, 0)
        error = np.abs(integers * scales.reshape(-1, 1, 1, 1) - weights)
        # Scales are stored as float32, so the half step may be missed by its rounding.
        self.assertTrue((error <= scales.reshape(-1, 1, 1, 1) * 0.5001).all())


class Measures(unittest.TestCase):
    def test_recall_counts_ties_against(self) -> None:
        scores = np.array([[3.0, 1, 2], [1, 1, 0]])
        relevant = np.array([[False, False, True], [True, False, False]])
        self.assertEqual(recall(scores, relevant)["recall"], {"1": 0.0, "5": 1.0, "10": 1.0})

    def test_chance_matches_a_simulation(self) -> None:
        rng = random.Random(0)
        hits = sum(min(rng.sample(range(20), 3)) < 5 for _ in range(20000)) / 20000
        # Standard error of 20000 draws is under .004.
        self.assertAlmostEqual(chance_of_hit(20, 3, 5), hits, delta=0.015)

    def test_auc_matches_all_pairs(self) -> None:
        rng = np.random.default_rng(0)
        a, b = rng.integers(0, 5, 40), rng.integers(0, 4, 30)
        pairs = [(x > y) + 0.5 * (x == y) for x in a for y in b]
        self.assertAlmostEqual(auc(a, b), float(np.mean(pairs)), places=4)

    def test_perfect_embeddings_get_perfect_marks(self) -> None:
        result = measure(np.eye(6), np.eye(6), np.arange(6), np.array([0, 0, 0, 1, 1, 2]), 0)
        self.assertEqual(result["auc"], {"random": 1.0, "sameGroup": 1.0, "nearestCaption": 1.0})
        self.assertEqual(result["textToImage"]["recall"]["1"], 1.0)


if __name__ == "__main__":
    unittest.main()
